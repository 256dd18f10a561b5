import { describe, expect, it } from 'vitest';
import { minimal, refusal } from '../../../support/configurations.ts';

const mysql = (more: object): object => ({ database: { provider: 'mysql', name: 'studies', ...more } });

/** What is wrong → the line about it, after the label. */
const refused: readonly (readonly [what: string, more: object, line: string])[] = [
  [
    'a misspelt key',
    { runner: { worker: 4 } },
    'runner.worker: found an unknown key; allowed name, workers, isolation, maxExperiments, randomOrder, timeoutSeconds, maxAttempts, retries, heartbeatSeconds, leaseSeconds, memoryMegabytes (did you mean workers?)',
  ],
  ['half a key', { runner: { timeout: 4 } }, '(did you mean timeoutSeconds?)'],
  [
    'a key of another section',
    { keyfields: {} },
    'keyfields: found an unknown key; allowed experiment, database, table, runner, custom, emissions, log (did you mean table.keyfields?)',
  ],
  ['a misspelt section', { runer: {} }, '(did you mean runner?)'],
  [
    'a section that is a text',
    { database: 'mysql://root:hunter2@db' },
    'database: found a text; allowed an object with any of the keys provider, file',
  ],
  ['a section that is empty', { runner: null }, 'runner: found nothing; allowed an object with any of the keys name'],
  [
    'a text for a number',
    { runner: { retries: '2' } },
    'runner.retries: found "2"; allowed an integer from 0 to 1000 (did you mean 2?)',
  ],
  [
    'a fraction',
    { runner: { workers: 1.5 } },
    'runner.workers: found 1.5; allowed "auto" or an integer from 1 to 1024',
  ],
  ['no workers', { runner: { workers: 0 } }, 'runner.workers: found 0; allowed "auto"'],
  ['too many workers', { runner: { workers: 1025 } }, 'runner.workers: found 1025;'],
  ['a word for a number', { runner: { workers: 'all' } }, 'runner.workers: found "all"; allowed "auto"'],
  [
    'an object for a number',
    { runner: { workers: { a: { b: 1 } } } },
    'runner.workers: found an object; allowed "auto"',
  ],
  [
    'a list for a text',
    { runner: { name: ['x'] } },
    'runner.name: found a list; allowed a name of 1 to 255 characters',
  ],
  ['null for a number', { runner: { retries: null } }, 'runner.retries: found nothing; allowed an integer'],
  [
    'a big integer',
    { runner: { retries: 9007199254740993n } },
    'runner.retries: found 9007199254740993; allowed an integer',
  ],
  [
    'a time with a unit',
    { runner: { timeoutSeconds: '5m' } },
    'runner.timeoutSeconds: found "5m"; allowed a number of seconds above 0 and at most 2147483, or null (did you mean 300?)',
  ],
  ['milliseconds', { runner: { heartbeatSeconds: '500ms' } }, '(did you mean 0.5?)'],
  [
    'a time of zero',
    { runner: { timeoutSeconds: 0 } },
    'runner.timeoutSeconds: found 0; allowed a number of seconds above 0',
  ],
  [
    'a time no timer can wait',
    { runner: { timeoutSeconds: 2_147_484 } },
    'runner.timeoutSeconds: found 2147484; allowed a number of seconds above 0 and at most 2147483, or null',
  ],
  ['NaN', { runner: { leaseSeconds: NaN } }, 'runner.leaseSeconds: found NaN;'],
  ['a size with a unit', { runner: { memoryMegabytes: '2GB' } }, '(did you mean 2048?)'],
  [
    'a word for a flag',
    { runner: { randomOrder: 'yes' } },
    'runner.randomOrder: found "yes"; allowed true or false (did you mean true?)',
  ],
  [
    'a short lease',
    { runner: { heartbeatSeconds: 10, leaseSeconds: 29 } },
    'runner.leaseSeconds: found 29; allowed at least 30: three times runner.heartbeatSeconds, which is 10',
  ],
  [
    'a slow heartbeat',
    { runner: { heartbeatSeconds: 30 } },
    'runner.heartbeatSeconds: found 30; allowed at most 20: a third of runner.leaseSeconds, which is 60; raise that too',
  ],
  ['NUL in a name', { runner: { name: 'a\0b' } }, String.raw`runner.name: found "a\u0000b";`],
  ['half a surrogate pair', { runner: { name: '\ud800' } }, 'runner.name: found '],
  [
    'module and command',
    { experiment: { module: 'a.ts', command: ['a'] } },
    'experiment: found both module and command; allowed one of them',
  ],
  [
    'a command line',
    { experiment: { command: 'python3 train.py' } },
    'experiment.command: found "python3 train.py"; allowed a list of texts, the program first',
  ],
  [
    'an empty command',
    { experiment: { command: [] } },
    'experiment.command: found an empty list; allowed a list of texts',
  ],
  [
    'a module from the network',
    { experiment: { module: 'https://evil.example/x.js' } },
    'experiment.module: found the URL "https://evil.example/x.js"; allowed the path of a file',
  ],
  [
    'a module of another language',
    { experiment: { module: 'train.py' } },
    'experiment.module: found "train.py"; allowed a file that ends in .ts, .mts, .js, .mjs, .cjs',
  ],
  [
    'a database of another kind',
    { database: { provider: 'postgres' } },
    'database.provider: found "postgres"; allowed "sqlite" or "mysql"',
  ],
  ['a log in memory', { log: { file: ':memory:' } }, 'log.file: found ":memory:"; allowed the path of a log file'],
  [
    'a key of the other provider',
    { database: { host: 'db' } },
    'database.host: found a key of provider mysql; allowed with provider sqlite: file, synchronous',
  ],
  [
    'a file for MySQL',
    mysql({ file: 'x.sqlite' }),
    'database.file: found a key of provider sqlite; allowed with provider mysql: host, port',
  ],
  [
    'MySQL without a database',
    { database: { provider: 'mysql' } },
    'database.name: found nothing; allowed a database name of 1 to 64 characters: provider mysql needs it',
  ],
  [
    'a host with a port in it',
    mysql({ host: '127.0.0.1:3306' }),
    'database.host: found "127.0.0.1:3306"; allowed a host name or address, without protocol, user or port (did you mean "127.0.0.1", and 3306 as the port?)',
  ],
  [
    'an address of IPv6 with a port behind it',
    mysql({ host: '[::1]:3306' }),
    'database.host: found "[::1]:3306"; allowed a host name or address, without protocol, user or port (did you mean "[::1]", and 3306 as the port?)',
  ],
  [
    'a host of a tunnel with a port in it',
    mysql({ sshTunnel: { host: 'gate', remoteHost: 'db:3306' } }),
    'database.sshTunnel.remoteHost: found "db:3306"; allowed a host name or address, without protocol, user or port, or null (did you mean "db", and 3306 as the port?)',
  ],
  ['a port that is none', mysql({ port: 65_536 }), 'database.port: found 65536; allowed an integer from 1 to 65535'],
  [
    'a tunnel to nowhere',
    mysql({ sshTunnel: { port: 22 } }),
    "database.sshTunnel.host: found nothing; allowed a host name, an address or a name of ssh's own configuration, without protocol, user or port: port needs it",
  ],
  [
    'a tunnel whose host ssh would read as an option',
    mysql({ sshTunnel: { host: '-oProxyCommand=touch pwned' } }),
    'database.sshTunnel.host: found "-oProxyCommand=touch pwned"; allowed a host name',
  ],
  [
    'a tunnel whose user ssh would read as an option',
    mysql({ sshTunnel: { host: 'gate', user: '-l' } }),
    'database.sshTunnel.user: found "-l"; allowed a user\'s name',
  ],
  [
    'a tunnel whose server ssh would read as an option',
    mysql({ sshTunnel: { host: 'gate', remoteHost: '-x' } }),
    'database.sshTunnel.remoteHost: found "-x"; allowed a host name or address',
  ],
  [
    'a key that is not there',
    mysql({ sshTunnel: { host: 'gate', keyFile: '/gone' } }),
    'database.sshTunnel.keyFile: found no file /gone; allowed the path of a private key',
  ],
  [
    'a misspelt key of a tunnel',
    mysql({ sshTunnel: { host: 'gate', keyfile: 'k' } }),
    'database.sshTunnel.keyfile: found an unknown key; allowed host, port, user, keyFile, passphrase, knownHostsFile, remoteHost, remotePort (did you mean keyFile?)',
  ],
  [
    'a tunnel and a socket',
    mysql({ socketPath: '/run/db.sock', sshTunnel: { host: 'gate' } }),
    'database.socketPath: found a socket of this machine, and a tunnel to another; allowed one of socketPath and sshTunnel',
  ],
  [
    'a tunnel for a file',
    { database: { sshTunnel: { host: 'gate' } } },
    'database.sshTunnel.host: found a key of provider mysql; allowed with provider sqlite: file, synchronous',
  ],
  ['encryption switched off by a word', mysql({ ssl: 'off' }), 'database.ssl: found "off"; allowed true, or an object'],
  [
    'a misspelt key of ssl',
    mysql({ ssl: { rejectUnauthorised: false } }),
    'database.ssl.rejectUnauthorised: found an unknown key; allowed ca, cert, key, verifyIdentity, rejectUnauthorized (did you mean rejectUnauthorized?)',
  ],
  [
    'a text for a flag of ssl',
    mysql({ ssl: { rejectUnauthorized: 'false' } }),
    'database.ssl.rejectUnauthorized: found "false"; allowed true or false',
  ],
  [
    'a certificate that is not there',
    mysql({ ssl: { ca: '/gone.pem' } }),
    'database.ssl.ca: found no file /gone.pem; allowed the path of a PEM file',
  ],
  [
    'a country that is none',
    { emissions: { countryIsoCode: 'de' } },
    'emissions.countryIsoCode: found "de"; allowed the ISO 3166 code of a country with a known electricity grid, three capital letters such as "DEU", or null (did you mean "DEU"?)',
  ],
  ['the beginning of a country', { emissions: { countryIsoCode: 'GER' } }, '(did you mean "DEU"?)'],
  ['a country by its name', { emissions: { countryIsoCode: 'Germny' } }, '(did you mean "DEU"?)'],
  ['the world as a country', { emissions: { countryIsoCode: 'WORLD' } }, 'emissions.countryIsoCode: found "WORLD";'],
  [
    'a tracking mode that is none',
    { emissions: { trackingMode: 'proces' } },
    'emissions.trackingMode: found "proces"; allowed "process" or "machine"',
  ],
  [
    'an interval in which a counter goes round',
    { emissions: { measurePowerSeconds: 601 } },
    'emissions.measurePowerSeconds: found 601; allowed a number of seconds above 0 and at most 600',
  ],
  [
    'a data centre that gives energy back',
    { emissions: { powerUsageEffectiveness: 0.9 } },
    'emissions.powerUsageEffectiveness: found 0.9; allowed a factor from 1 to 10',
  ],
  [
    'processors without power',
    { emissions: { cpuWatts: 0 } },
    'emissions.cpuWatts: found 0; allowed watts from 0.1 to 100000',
  ],
  [
    'a log level that is none',
    { log: { level: 'verbose' } },
    'log.level: found "verbose"; allowed "debug", "info", "warn", "error" or "silent"',
  ],
  ['infinity', { custom: { list: [Infinity] } }, 'custom.list.0: found Infinity; allowed a finite number'],
  ['custom as a list', { custom: [] }, 'custom: found an empty list; allowed an object'],
  [
    "PyExperimenter's format",
    { PY_EXPERIMENTER: { n_jobs: 1 } },
    'PY_EXPERIMENTER.Database: found nothing; allowed an object with provider, database and table',
  ],
  ['a schema that is no path', { $schema: 1 }, '$schema: found a number; allowed the path of the JSON Schema'],
];

describe('refused, with the file, the key, what was found and what is allowed:', () => {
  it.each(refused)('%s', (_what, more, line) => {
    const error = refusal({ ...minimal(), ...more });
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(line.startsWith('(') ? line : `configuration: ${line}`);
  });

  it.each([
    ['a Date', { custom: { when: new Date(0) } }, 'custom.when: found an instance of a class; allowed plain data'],
    ['a function', { custom: { run: () => 1 } }, 'custom.run: found function; allowed plain data'],
    ['a hole in a list', { custom: { list: [undefined] } }, 'custom.list.0: found undefined; allowed plain data'],
  ])('in an object from code: %s', (_what, more, line) => {
    expect(refusal(minimal(more)).message).toContain(line);
  });

  it('an object that contains itself', () => {
    const circle: Record<string, unknown> = {};
    circle['again'] = circle;
    expect(refusal(minimal({ custom: circle })).message).toContain('nested deeper than 64 levels, or in a circle');
  });
});
