import type { RunnerProtocol } from './runner-protocol.ts';
import type { StudyReader } from './study-reader.ts';
import type { StudyStore } from './study-store.ts';

/**
 * The database of a study. One suite (`test/contract`) holds every implementation to this contract:
 *
 * - Any number of runners, in any number of processes, may call at once. Every method is one transaction, or a series of
 *   transactions each of which can be repeated. A method that failed has done nothing, or can be called again with the same
 *   arguments: the caller makes the ids, so the repository recognises what it has already done (the end of an attempt by
 *   the attempt's id, log rows by `logsId`). A repeated end and a repeated deregistration change nothing.
 * - **A lease is the right to write.** `claim` makes it. `record` needs it, and ends it with `end`. `release` and `reap`
 *   take it away. An experiment has at most one lease, and is `running` while it has one. A lost lease is an answer, not an
 *   exception. Nothing else is a fence: a runner that was declared dead may write until `reap` takes its leases.
 * - Keyfields may be given in any form that their columns take, and come back in one form (`fromStored`). Two combinations
 *   are the same if they are stored the same: NULLs are equal, text is compared by its bytes.
 * - Time is the database's. No clock of a runner decides anything.
 * - Without tables, all but `prepare`, `exists`, `tables`, `drop` and `findings` throw `SCHEMA_MISMATCH`.
 * - A database that cannot be reached: `DATABASE_UNREACHABLE`. The caller may try again.
 */
export interface ExperimentRepository extends RunnerProtocol, StudyStore, StudyReader {}
