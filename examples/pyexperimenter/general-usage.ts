/*
 * PyExperimenter's notebook "general usage": fill, execute, add one, reset what failed, and a table for a paper.
 * The study is general_usage.db in the working directory.
 *
 *   node examples/pyexperimenter/general-usage.ts
 */
import { fileURLToPath } from 'node:url';
import { defineExperiment, Experimenter } from 'ts-experimenter';
import { crossValidate, type Keyfields, type Scores } from './cross-validate.ts';

const experiment = defineExperiment<Keyfields, Scores & { pipeline: string }>(({ keyfields }, { report }) => {
  report({ pipeline: `standard scaler, ${keyfields.kernel} support-vector machine` }); // known before anything can fail
  return crossValidate(keyfields);
});

const config = fileURLToPath(new URL('general-usage.yml', import.meta.url));
const experimenter = await Experimenter.open({ config, experiment });

// The grid of the file, and one experiment more, which will fail: 13 in all.
await experimenter.fillFromConfig();
await experimenter.fillWithRows([{ dataset: 'error_dataset', cross_validation_splits: 3, seed: 42, kernel: 'linear' }]);
const first = await experimenter.execute();
console.log(`${first.done} done, ${first.error} failed`);
const [failed] = await experimenter.rows({ statuses: ['error'] });
console.log(`experiment ${Number(failed?.['ID'])} failed:`, failed?.['error']);

// One that is executed here and now, and that nobody else can claim.
await experimenter.addAndExecute({ dataset: 'iris', cross_validation_splits: 5, seed: 17, kernel: 'linear' });

// What failed is open again under its own id, and fails again.
await experimenter.reset({ statuses: ['error'] });
await experimenter.execute();
const { attempts } = await experimenter.show(13);
console.log(`experiment 13 was tried ${attempts.length} times: ${attempts.map(({ outcome }) => outcome).join(', ')}`);

// Energy and carbon: a row for each execution.
const emissions = await Array.fromAsync(experimenter.emissions());
console.log(`${emissions.length} executions were measured`);

// The mean over everything else, for a paper.
const table = await experimenter.evaluationTable({ rows: ['dataset'], columns: ['kernel'], values: ['test_f1'] });
console.log(await experimenter.renderTable(table, 'latex'));
await experimenter.close();
