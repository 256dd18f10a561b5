import { parseArgs } from 'node:util';
import { campaign } from './campaign.ts';
import { type Fault, faultNames } from './nemesis.ts';
import type { DatabaseName } from './place.ts';

const USAGE = `npm run torture -- [options]

Runs studies while it kills, stops and cuts off what executes them; then checks that nothing is lost, nothing is
recorded twice and nothing is stuck. Prints one line of JSON; a violation prints its seed and its story, and exits 1.

  --database NAME      sqlite, mariadb or mysql, a server of its own          (sqlite)
  --faults A,B         of ${faultNames.join(', ')}                  (all that the database has)
  --seed N             decides which deed comes when                          (random)
  --minutes N          how long                                               (1)
  --runners N          processes at the same time                             (4)
  --experiments N      in each round, which is a study of its own             (1000)
  --pause MS           between two deeds, on average                          (300)
  --life MS            that a runner works before something befalls it        (700)
  --lease SECONDS      of a runner; it beats five times as often              (0.8)
  --work MS            what an experiment waits for, at most                  (60)
`;

const { values } = parseArgs({
  options: {
    database: { type: 'string', default: 'sqlite' },
    faults: { type: 'string' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    minutes: { type: 'string', default: '1' },
    runners: { type: 'string', default: '4' },
    experiments: { type: 'string', default: '1000' },
    pause: { type: 'string', default: '300' },
    life: { type: 'string', default: '700' },
    lease: { type: 'string', default: '0.8' },
    work: { type: 'string', default: '60' },
    help: { type: 'boolean', default: false },
  },
});

const refuse = (text: string): never => {
  process.stderr.write(`torture: ${text}\n\n${USAGE}`);
  process.exit(2);
};
const positive = (
  name: 'seed' | 'minutes' | 'runners' | 'experiments' | 'pause' | 'life' | 'lease' | 'work',
): number => {
  const number = Number(values[name]);
  return number > 0 || (name === 'seed' && number === 0)
    ? number
    : refuse(`--${name} ${values[name]} is not a number above 0`);
};

if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const database = values.database as DatabaseName;
if (!['sqlite', 'mariadb', 'mysql'].includes(database)) refuse(`--database ${database} is none`);
const possible: readonly Fault[] = database === 'sqlite' ? ['kill', 'stop', 'term'] : faultNames;
const faults = (values.faults?.split(',') as Fault[] | undefined) ?? possible;
for (const fault of faults)
  if (!possible.includes(fault)) refuse(`--faults ${fault}: ${database} has ${possible.join(', ')}`);

const result = await campaign({
  seed: positive('seed'),
  seconds: positive('minutes') * 60,
  database,
  faults,
  runners: positive('runners'),
  experiments: positive('experiments'),
  leaseSeconds: positive('lease'),
  pauseMilliseconds: positive('pause'),
  lifeMilliseconds: positive('life'),
  experimentMilliseconds: positive('work'),
  say: (line) => process.stderr.write(`torture: ${line}\n`),
});
const { report, ...figures } = result;
process.stdout.write(`${JSON.stringify(figures)}\n`);
if (report.length > 0) {
  process.stderr.write(`torture: BROKEN, seed ${result.seed}\n${report.join('\n')}\n`);
  process.exitCode = 1;
}
