/*
 * PyExperimenter's notebook "pause and continue": one function leaves an experiment in the middle, another one ends it.
 * The study is pause_and_continue.db in the working directory.
 *
 *   node examples/pyexperimenter/pause-and-continue.ts
 */
import { fileURLToPath } from 'node:url';
import { defineExperiment, Experimenter, ExperimentStatus } from 'ts-experimenter';
import { crossValidate, type Keyfields, type Scores } from './cross-validate.ts';

type Results = Scores & { paused_at_seconds: number; resumed_at_seconds: number };

const begin = defineExperiment<Keyfields, Results>((_, { report }) => {
  report({ paused_at_seconds: Date.now() / 1000 });
  return ExperimentStatus.Paused;
});

const finish = defineExperiment<Keyfields, Results>(({ keyfields }, { report }) => {
  report({ resumed_at_seconds: Date.now() / 1000 });
  return crossValidate(keyfields);
});

const config = fileURLToPath(new URL('pause-and-continue.yml', import.meta.url));
const experimenter = await Experimenter.open({ config });
await experimenter.fillFromConfig();
await experimenter.execute({ experiment: begin, maxExperiments: 1 });
const [paused] = await experimenter.rows({ statuses: ['paused'] });
console.log(`experiment ${Number(paused?.['ID'])} is paused, ${(await experimenter.counts()).created} are open`);

await experimenter.resume(1, { experiment: finish });
const { experiment, attempts } = await experimenter.show(1);
const row = experiment.toRow();
console.log(`experiment 1 is ${experiment.status}: ${attempts.map(({ outcome }) => outcome).join(', then ')}`);
console.log(`its start is ${row['start_date'] === paused?.['start_date'] ? 'the same' : 'another'}`);
console.log(`${(await Array.fromAsync(experimenter.emissions(1))).length} executions of it were measured`);
await experimenter.close();
