import type { RunnerProtocol } from './runner-protocol.ts';
import type { StudyReader } from './study-reader.ts';
import type { StudyStore } from './study-store.ts';

/**
 * Where a study lives. The contract, kept by every implementation and tested by one suite (test/contract):
 *
 * - Any number of runners, in any number of processes, may call at once. Every method is one transaction or a
 *   series of them each of which can be repeated; a method that fails has either done nothing or can be called again
 *   with the same arguments (ids, made on this side of the connection, make it recognisable: an attempt's its end,
 *   `logsId` its log rows). Repeated ends, and repeated deregistrations, change nothing.
 * - **A lease is the right to write.** `claim` makes it, `record` needs it, and ends it with `end`; `release` and
 *   `reap` take it away. There is at most one per experiment, which is `running` while it has one. Losing it is an
 *   answer, not an exception. Nothing else fences: a runner that was declared dead may write until `reap` takes its leases.
 * - Keyfields may be written in any way their columns take; they come back as the columns give them (`fromStored`), and
 *   are the same if they are stored the same: NULLs are equal, text is compared by its bytes.
 * - Time is the database's: no clock of a runner decides anything.
 * - Without tables, all but `prepare`, `exists`, `tables`, `drop` and `findings` throw `SCHEMA_MISMATCH`.
 * - Unreachable: `DATABASE_UNREACHABLE`, and the caller may try again.
 */
export interface ExperimentRepository extends RunnerProtocol, StudyStore, StudyReader {}
