import { existsSync } from 'node:fs';
import { join } from 'node:path';

/*
 * `npm run stranger`: 30 questions of a newcomer, each with the file that answers it. Put them to an engineer who has
 * only the tree and grep, and count opened files and seconds. Aim: one opened file, ten seconds, 27 of 30 right.
 * With `--check` only what is wrong is printed. Exit code 1: a named file does not exist.
 */

const root = join(import.meta.dirname, '..');

/** Question → file, from the root of the repository. */
const questions: Readonly<Record<string, string>> = {
  'What decides that a runner is dead?': 'src/application/runner/reaper.ts',
  'Which statement makes a lease?': 'src/infrastructure/database/protocol/claim.ts',
  'Where would you add a kind of column?': 'src/domain/values/column-type.ts',
  'What happens to queued work on SIGTERM?': 'src/application/runner/orchestrator.ts',
  'Which signals stop a run?': 'src/domain/stop-signals.ts',
  'Where is it decided how many experiments are claimed at once?': 'src/application/runner/prefetch.ts',
  'When does a runner claim again after it found nothing open?': 'src/application/runner/claimer.ts',
  'Where are results, log rows and the end of an attempt written in one transaction?':
    'src/infrastructure/database/protocol/record.ts',
  'In which order are rows locked?': 'src/infrastructure/database/protocol/locks.ts',
  'Where do the experiments of a dead runner become open again?': 'src/infrastructure/database/protocol/reap.ts',
  'Which row does a heartbeat change?': 'src/infrastructure/database/repositories/runners.ts',
  'When does a runner doubt its leases?': 'src/application/runner/heartbeat.ts',
  'What does the database have to promise?': 'src/domain/repository/runner-protocol.ts',
  'Which status may follow which?': 'src/domain/experiment/experiment.ts',
  'Where is a timeout of an experiment noticed?': 'src/application/runner/chunks.ts',
  'Where is the experiment function called?': 'src/infrastructure/workers/execution/execution.ts',
  'Where is a result refused that its column cannot hold?': 'src/infrastructure/workers/execution/outcome.ts',
  'How do ends of short experiments reach the main thread without a message?':
    'src/infrastructure/workers/threads/shared-results.ts',
  'Which errors of MySQL are tried again?': 'src/infrastructure/database/mysql/mysql-errors.ts',
  'Which columns does each table have?': 'src/domain/study/table-layout.ts',
  'Which names may a keyfield have?': 'src/domain/study/names.ts',
  'How are the combinations of a grid made?': 'src/domain/grid/combinations.ts',
  'What does the filter "a = 1 or b ~ x" mean for NULL?': 'src/domain/filter/matches.ts',
  'Where does a filter become SQL?': 'src/infrastructure/database/query/filter-sql.ts',
  'Where would you add a verb of the command line?': 'src/infrastructure/cli/verbs.ts',
  'Where would you add a key of the configuration for runners?': 'src/infrastructure/config/schema/schema.ts',
  'Where are the parts of one study put together?': 'src/infrastructure/container.ts',
  'Which folder may import which?': 'scripts/folders.ts',
  'How is a database tried that breaks the contract?': 'test/contract/mutants.test.ts',
  'Why does a suspect run alone?': 'docs/decisions/suspects-run-alone.md',
};

const quiet = process.argv.includes('--check');
for (const [question, file] of Object.entries(questions)) {
  if (!quiet) console.log(`${question}\n    ${file}`);
  if (existsSync(join(root, file))) continue;
  console.error(`scripts/stranger-test.ts: no file ${file}, which answers: ${question}`);
  process.exitCode = 1;
}
