import type { languages } from '../arguments/choices.ts';
import { configurationJsonSchema } from '../../config/schema/json-schema.ts';

export type Language = (typeof languages)[number];

/** A file to be written to the study's folder. */
export interface NewFile {
  readonly name: string;
  readonly text: string;
}

/** A study that runs unchanged and has results to plot: two optimisers on a noisy valley. */
export const studyFiles = (table: string, language: Language): readonly NewFile[] => {
  const module = language === 'typescript' ? 'experiment.mts' : 'experiment.mjs';
  return [
    { name: 'study.json', text: `${JSON.stringify(configuration(table, module), null, 2)}\n` },
    { name: module, text: language === 'typescript' ? typed + body(true) : body(false) },
    { name: 'config.schema.json', text: `${JSON.stringify(configurationJsonSchema(), null, 2)}\n` },
    {
      name: '.gitignore',
      text: '# what running the study leaves behind\n*.sqlite\n*.sqlite-shm\n*.sqlite-wal\nnode_modules/\n',
    },
  ];
};

const configuration = (table: string, module: string) => ({
  $schema: './config.schema.json',
  experiment: { module: `./${module}` },
  database: { provider: 'sqlite', file: `./${table}.sqlite` },
  table: {
    name: table,
    keyfields: {
      optimiser: { type: 'VARCHAR(255)', values: ['gradient', 'momentum'] },
      rate: { type: 'DOUBLE', values: [0.01, 0.03, 0.1] },
      seed: { type: 'INT', values: { start: 0, stop: 5, step: 1 } },
    },
    resultfields: { loss: 'DOUBLE', steps: 'INT' },
    logtables: { steps: { step: 'INT', loss: 'DOUBLE' } },
  },
  runner: { workers: 'auto' },
});

const typed = `import type { ExperimentFunction } from 'ts-experimenter';

/** As in study.json. */
interface Keyfields {
  optimiser: string;
  rate: number;
  seed: number;
}
interface Results {
  loss: number;
  steps: number;
}
interface Logs {
  steps: { step: number; loss: number };
}

`;

/** The function in both languages; only the types differ. */
const body = (isTyped: boolean): string => {
  const as = (type: string): string => (isTyped ? `: ${type}` : '');
  return `const STEPS = 50;

/** Numbers from 0 to 1, always the same for the same seed (mulberry32). */
const random = (seed${as('number')}) => ()${as('number')} => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};

const lossAt = (x${as('number')}, y${as('number')})${as('number')} => (x * x + 10 * y * y) / 2;

/** Finds the bottom of a valley by noisy gradients. Put in its place what you want to study. */
const experiment${as('ExperimentFunction<Keyfields, Results, Logs>')} = ({ keyfields, signal }, { log, progress }) => {
  const { optimiser, rate, seed } = keyfields;
  const noise = random(seed);
  const memory = optimiser === 'momentum' ? 0.8 : 0;
  let [x, y] = [4 * noise(), 4 * noise()];
  let [speedX, speedY] = [0, 0];
  for (let step = 1; step <= STEPS; step += 1) {
    signal.throwIfAborted(); // a second Ctrl-C, a timeout
    speedX = memory * speedX - rate * (x + noise() - 0.5);
    speedY = memory * speedY - rate * (10 * y + noise() - 0.5);
    x += speedX;
    y += speedY;
    log('steps', { step, loss: lossAt(x, y) }); // a row of a logtable
    progress(step / STEPS); // what \`status\` shows
  }
  return { loss: lossAt(x, y), steps: STEPS }; // the resultfields
};

export default experiment;
`;
};
