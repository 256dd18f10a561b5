import { parseArgs } from 'node:util';
import { campaign, type CampaignOptions } from './campaign.ts';
import { type Fault, faultsOf, whyNot } from './faults.ts';
import type { DatabaseName } from './place.ts';

const USAGE = `npm run torture -- [options]

Runs studies while it kills, stops and cuts off what executes them; then checks that nothing is lost, nothing is
recorded twice and nothing is stuck. Prints one line of JSON; a violation prints its seed and its story, and exits 1.

  --database NAME      sqlite, mariadb or mysql, a server of its own          (sqlite)
  --faults A,B         of the faults below, with commas between them          (all that there are)
  --seed N             decides which deed comes when                          (random)
  --minutes N          how long at most                                       (1, or no limit with one of the next four)
  --kills N            until so many runners were killed, and what else is asked for here is reached
  --stops N            until so many runners were stopped and went on
  --server-kills N     until the server was killed so many times
  --total N            until so many experiments are through
  --runners N          processes at the same time                             (4)
  --experiments N      in each round, which is a study of its own             (1000)
  --pause MS           between two deeds, on average                          (50)
  --life MS            that a runner works before something befalls it        (100)
  --lease SECONDS      of a runner; it beats five times as often              (0.8)
  --work MS            what an experiment waits for, at most                  (60)

Faults:

  kill      kill -9 of a runner                                                every database
  stop      SIGSTOP of a runner, SIGCONT after 0.3 to 4 leases; half at most   every database
  term      SIGTERM to a runner, now and then twice                            every database
  fatal     one runner is refused what it needs for good, for up to 2 leases   every database (sqlite: by a trigger)
  ddl       others change and rebuild tables while a fill starts               every database
  lock      another program lets no runner write for up to 3 leases            every database
  file      the SQLite file is removed or replaced under all runners           sqlite
  disk      no byte is free on the disk of the database, for up to 3 leases    sqlite, as root: a small tmpfs is mounted
  server    kill -9 of the server, away for up to 2.5 leases                   mariadb, mysql
  cut       connections break, hang, are slow or refused, lose their COMMIT    mariadb, mysql
  clock     the server's wall clock jumps by an hour, back after up to 4 leases   mariadb, mysql: apt-get install faketime

These need runners of their own kind; a round has one of them, or none:

  group     SIGTERM or SIGINT to a runner and all that it has started; experiments are run in threads, in processes and
            by commands                                                        every database, on Linux
  ages      half of the runners have a configuration with a field and a logtable more, which a fill adds when the others
            are at work; the newer ones are killed                             every database
  terminal  one runner shows its progress on a terminal and one writes to a pipe that nothing reads for up to 3 leases
                                                                               every database, needs script (util-linux)

A lease of 3 seconds or more is taken from nobody who was not killed, stopped or cut off, whatever the clock, a lock or a
terminal does; with shorter ones a busy machine is enough, which is counted (attemptsReapedAlive) and does no damage.
`;

const { values } = parseArgs({
  options: {
    database: { type: 'string', default: 'sqlite' },
    faults: { type: 'string' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    minutes: { type: 'string' },
    kills: { type: 'string' },
    stops: { type: 'string' },
    'server-kills': { type: 'string' },
    total: { type: 'string' },
    runners: { type: 'string', default: '4' },
    experiments: { type: 'string', default: '1000' },
    pause: { type: 'string', default: '50' },
    life: { type: 'string', default: '100' },
    lease: { type: 'string', default: '0.8' },
    work: { type: 'string', default: '60' },
    help: { type: 'boolean', default: false },
  },
});

const refuse = (text: string): never => {
  process.stderr.write(`torture: ${text}\n\n${USAGE}`);
  process.exit(2);
};
const positive = (name: Exclude<keyof typeof values, 'help' | 'database' | 'faults'>): number => {
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
const has = faultsOf(database);
const asked = values.faults?.split(',') as Fault[] | undefined;
const faults: Fault[] = [];
for (const fault of asked ?? has) {
  if (!has.includes(fault)) refuse(`--faults ${fault}: ${database} has ${has.join(', ')}`);
  const reason = await whyNot(fault);
  if (reason === undefined) faults.push(fault);
  else if (asked) refuse(`--faults ${fault}: ${reason}`);
  else process.stderr.write(`torture: without ${fault}: ${reason}\n`);
}
const goals: CampaignOptions['goals'] = {
  ...(values.kills && { kill: positive('kills') }),
  ...(values.stops && { stop: positive('stops') }),
  ...(values['server-kills'] && { server: positive('server-kills') }),
  ...(values.total && { experiments: positive('total') }),
};
for (const fault of Object.keys(goals))
  if (fault !== 'experiments' && !faults.includes(fault as Fault))
    refuse(`the fault ${fault} is asked for in a number, but is not among --faults ${faults.join(',')}`);
const unlimited = values.minutes === undefined && Object.keys(goals).length > 0;

const result = await campaign({
  seed: positive('seed'),
  seconds: unlimited ? Number.POSITIVE_INFINITY : values.minutes === undefined ? 60 : positive('minutes') * 60,
  goals,
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
