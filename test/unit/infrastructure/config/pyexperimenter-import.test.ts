import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combinations } from '../../../../src/domain/grid/combinations.ts';
import { defineGrid } from '../../../../src/domain/grid/define-grid.ts';
import { product } from '../../../../src/domain/grid/rows.ts';
import { defineStudy } from '../../../../src/domain/study/define-study.ts';
import { load, refusal, temporaryFolder } from '../../../support/configurations.ts';
import { documentedConfiguration, pyExperimenter, pyExperimenterYaml } from '../../../support/pyexperimenter.ts';

type Parts = NonNullable<Parameters<typeof pyExperimenter>[0]>;

const keyfield = (type: unknown, values?: unknown): Parts => ({
  table: { keyfields: { k: { type, ...(values === undefined ? {} : { values }) } } },
});
const valuesOf = (parts: Parts) => load(pyExperimenter(parts)).grid.keyfields['k']?.values;

describe('the documented configuration', () => {
  it('is read as if it were ours, and has nothing to warn of', () => {
    using folder = temporaryFolder();
    const configuration = load(folder.write('experiment_configuration.yml', documentedConfiguration()));
    expect(configuration).toMatchObject({
      directory: process.cwd(),
      database: { provider: 'sqlite', file: resolve('study.db'), localTime: true },
      runner: { workers: 2 },
      custom: { datapath: 'path/to/data' },
      emissions: { enabled: true, countryIsoCode: 'DEU' },
      warnings: [],
      study: {
        table: 'kernels',
        resultTimestamps: true,
        keyfields: [{ name: 'dataset' }, { name: 'folds' }, { name: 'seed' }, { name: 'kernel' }],
        resultfields: [{ name: 'pipeline', type: { sql: 'LONGTEXT' } }, { name: 'train_f1' }, { name: 'test_f1' }],
        logtables: [{ name: 'evaluations' }, { name: 'incumbents' }],
      },
    });
    expect(configuration.grid.keyfields['seed']?.values).toEqual([0, 1, 2, 3, 4]);
    const rows = [...combinations(configuration.study, configuration.grid)];
    expect(rows).toHaveLength(60);
    expect(rows.slice(0, 4).map((row) => Object.values(row))).toEqual([
      ['iris', 3, 0, 'linear'],
      ['iris', 5, 0, 'linear'],
      ['wine', 3, 0, 'linear'],
      ['wine', 5, 0, 'linear'],
    ]);
    expect(rows[4]).toEqual({ dataset: 'iris', folds: 3, seed: 1, kernel: 'linear' });
  });

  it('takes our overrides of everything', () => {
    using folder = temporaryFolder();
    const file = folder.write('e.yml', documentedConfiguration());
    const set = ['table.name=other', 'runner.name=job-17', 'runner.workers=5', 'log.level=debug', 'log.file=run.log'];
    const more = [
      'emissions.enabled=false',
      'database.name=elsewhere',
      'custom.datapath=/data',
      'table.keyfields.seed.values=[7]',
    ];
    const configuration = load(file, { set: [...set, ...more] });
    expect(configuration).toMatchObject({
      study: { table: 'other' },
      runner: { name: 'job-17', workers: 5 },
      log: { level: 'debug', file: resolve('run.log') },
      emissions: { enabled: false },
      database: { file: resolve('elsewhere.db') },
      custom: { datapath: '/data' },
    });
    expect([...combinations(configuration.study, configuration.grid)]).toHaveLength(12);
    expect(load(file, { set: ['database.file=x.sqlite'] }).database).toMatchObject({ file: resolve('x.sqlite') });
    const mysql = ['database.provider=mysql', 'database.name=studies', 'database.port=3307'];
    const env = { TS_EXPERIMENTER_DATABASE_USER: 'me' };
    expect(load(file, { set: mysql, env }).database).toMatchObject({ provider: 'mysql', name: 'studies', port: 3307 });
  });
});

/** A row of its documentation → what becomes of it. */
const meanings: readonly (readonly [what: string, parts: Parts, becomes: object])[] = [
  ['n_jobs', { root: { n_jobs: 7 } }, { runner: { workers: 7 } }],
  ['Database.database', { database: { database: 'a b' } }, { database: { file: resolve('a b.db') } }],
  ['no resultfields', {}, { study: { resultfields: [], resultTimestamps: false } }],
  ['no logtables', {}, { study: { logtables: [] } }],
  ['no Custom', {}, { custom: {} }],
  ['an empty Custom', { root: { Custom: null } }, { custom: {} }],
  ['a nested Custom', { root: { Custom: { a: { b: [1, null] } } } }, { custom: { a: { b: [1, null] } } }],
  ['no CodeCarbon', {}, { emissions: { enabled: true } }],
  [
    'all of CodeCarbon that means something',
    {
      root: {
        CodeCarbon: {
          tracking_mode: 'machine',
          measure_power_secs: 5,
          pue: 1.5,
          save_to_file: true,
          output_dir: 'out',
        },
      },
    },
    {
      emissions: {
        trackingMode: 'machine',
        measurePowerSeconds: 5,
        powerUsageEffectiveness: 1.5,
        outputFile: resolve('out/emissions.csv'),
      },
    },
  ],
  [
    'CodeCarbon without a file',
    { root: { CodeCarbon: { save_to_file: false, output_dir: 'out' } } },
    { emissions: { outputFile: null } },
  ],
  [
    'CodeCarbon that does not say where to',
    { root: { CodeCarbon: { log_level: 'error' } } },
    { emissions: { outputFile: null } },
  ],
  ['CodeCarbon', { root: { CodeCarbon: { country_iso_code: 'FRA' } } }, { emissions: { countryIsoCode: 'FRA' } }],
  ['result_timestamps', { table: { result_timestamps: true } }, { study: { resultTimestamps: true } }],
  ['a number as result_timestamps', { table: { result_timestamps: 1 } }, { study: { resultTimestamps: true } }],
  ['use_ssh off', { database: { use_ssh: false } }, { warnings: [] }],
  ['type int', keyfield('int', [1]), { study: { keyfields: [{ type: { kind: 'integer', sql: 'INT' } }] } }],
  ['type float', keyfield('float', [1]), { study: { keyfields: [{ type: { kind: 'real', sql: 'FLOAT' } }] } }],
  ['no name', {}, { runner: { name: 'PyExperimenter' } }],
  ['type bool', keyfield('bool', [true]), { study: { keyfields: [{ type: { kind: 'boolean' } }] } }],
  ['type str', keyfield('str', ['a']), { study: { keyfields: [{ type: { kind: 'text', length: null } }] } }],
  [
    'type NUMERIC of integers',
    keyfield('NUMERIC', [1, 2]),
    { study: { keyfields: [{ type: { kind: 'decimal' } }] }, warnings: [] },
  ],
  [
    'type DATETIME',
    keyfield('DATETIME', ['2026-01-01']),
    { grid: { keyfields: { k: { values: ['2026-01-01 00:00:00'] } } } },
  ],
];

/** What PyExperimenter does wrong or drops → what becomes of it, and the warning that names line and key. */
const mistakes: readonly (readonly [what: string, parts: Parts, warning: RegExp, becomes: object])[] = [
  ['a missing n_jobs (D1)', { root: { n_jobs: undefined } }, /: PY_EXPERIMENTER: n_jobs is missing, which stops PyExperimenter; it is taken as 1$/, { runner: { workers: 1 } }],
  ['n_jobs -1 (D19)', { root: { n_jobs: -1 } }, /:\d+: PY_EXPERIMENTER\.n_jobs: found -1, with which PyExperimenter runs nothing; it is taken as one worker for each core$/, { runner: { workers: availableParallelism() } }],
  ['CUSTOM', { root: { CUSTOM: { a: 1 } } }, /:\d+: PY_EXPERIMENTER\.CUSTOM: PyExperimenter reads Custom and ignores CUSTOM; it is read as Custom: rename it$/, { custom: { a: 1 } }],
  ['CUSTOM beside Custom', { root: { CUSTOM: { a: 1 }, Custom: { a: 2 } } }, /PY_EXPERIMENTER\.CUSTOM: found CUSTOM beside Custom; it is ignored/, { custom: { a: 2 } }],
  ['CODECARBON', { root: { CODECARBON: { country_iso_code: 'ITA' } } }, /PY_EXPERIMENTER\.CODECARBON: PyExperimenter reads CodeCarbon and ignores CODECARBON/, { emissions: { countryIsoCode: 'ITA' } }],
  ['an unknown option of CodeCarbon', { root: { CodeCarbon: { contry_iso_code: 'ITA' } } }, /PY_EXPERIMENTER\.CodeCarbon\.contry_iso_code: found an unknown key, which is ignored \(did you mean country_iso_code\?\)/, {}],
  ['a misspelt section', { root: { Customs: {} } }, /PY_EXPERIMENTER\.Customs: found an unknown key, which is ignored \(did you mean Custom\?\); known are n_jobs, Database, Custom, CodeCarbon$/, { custom: {} }],
  ['use_ssh_tunnel on SQLite', { database: { use_ssh_tunnel: true } }, /PY_EXPERIMENTER\.Database\.use_ssh_tunnel: PyExperimenter ignores it and reads use_ssh; it is read as that: rename it$/, { database: { provider: 'sqlite' } }],
  ['logtables inside table', { table: { logtables: {} } }, /PY_EXPERIMENTER\.Database\.table\.logtables: it stands inside table, where PyExperimenter ignores it; move it to Database$/, { study: { logtables: [] } }],
  ['a misspelt key of the table', { table: { result_fields: {} } }, /PY_EXPERIMENTER\.Database\.table\.result_fields: found an unknown key, which is ignored \(did you mean resultfields\?\)/, {}],
  ['a misspelt key of a keyfield', { table: { keyfields: { k: { type: 'INT', values: [1], value: [2] } } } }, /PY_EXPERIMENTER\.Database\.table\.keyfields\.k\.value: found an unknown key, which is ignored \(did you mean values\?\)/, {}],
  ['one value instead of a list', keyfield('INT', 5), /:\d+: PY_EXPERIMENTER\.Database\.table\.keyfields\.k\.values: found 5 instead of a list, which stops PyExperimenter; it is taken as a list of one$/, { grid: { keyfields: { k: { values: [5] } } } }],
  ['no values beside others', { table: { keyfields: { k: { type: 'INT', values: [5] }, l: { type: 'INT' } } } }, /keyfields\.l: has no values: it is NULL in every experiment; give values, or remove it$/, { grid: { keyfields: { l: { values: [null] } } } }],
  ['no values at all', keyfield('INT'), /Database\.table\.keyfields: no keyfield has values, so fill adds nothing: fill from code/, {}],
  ['a NUMERIC keyfield with fractions (D5)', keyfield('NUMERIC', [1, 1.5, 2]), /keyfields\.k\.type: NUMERIC without digits is NUMERIC\(10,0\) on MySQL, which stores 0\.97 as 1; DOUBLE is used instead; write DOUBLE, or NUMERIC\(10,0\) for integers$/, { grid: { keyfields: { k: { values: [1, 1.5, 2] } } }, study: { keyfields: [{ type: { sql: 'DOUBLE' } }] } }],
  ['a DECIMAL resultfield (D5)', { table: { resultfields: { f1: 'DECIMAL' } } }, /:\d+: PY_EXPERIMENTER\.Database\.table\.resultfields\.f1: DECIMAL without digits/, { study: { resultfields: [{ type: { sql: 'DOUBLE' } }] } }],
  ['a decimal column of a logtable (D5)', { database: { logtables: { l: { f1: 'decimal' } } } }, /PY_EXPERIMENTER\.Database\.logtables\.l\.f1: decimal without digits/, { study: { logtables: [{ columns: [{ type: { sql: 'DOUBLE' } }] }] } }],
  ['LONG, which SQLite takes', keyfield('LONG', [1, 2]), /:\d+: PY_EXPERIMENTER\.Database\.table\.keyfields\.k\.type: found "LONG", which SQLite takes as it takes any type; it is taken as BIGINT/, { grid: { keyfields: { k: { values: [1, 2] } } }, study: { keyfields: [{ type: { sql: 'BIGINT' } }] } }],
  ['STRING, which SQLite takes', keyfield('STRING', ['a', '5']), /found "STRING", which SQLite takes as it takes any type; it is taken as LONGTEXT/, { grid: { keyfields: { k: { values: ['a', '5'] } } }, study: { keyfields: [{ type: { sql: 'LONGTEXT' } }] } }],
  ['a mistyped type, which SQLite takes', keyfield('BOOLEANM', [true, false]), /found "BOOLEANM", which SQLite takes as it takes any type; it is taken as BOOLEAN \(did you mean BOOLEAN\?\)/, { study: { keyfields: [{ type: { kind: 'boolean' } }] } }],
  ['a type that is too large for us', keyfield('VARCHAR(20000)'), /found "VARCHAR\(20000\)", which SQLite takes/, { study: { keyfields: [{ type: { sql: 'LONGTEXT' } }] } }],
  ['an unknown type of results', { table: { resultfields: { r: 'list' } } }, /resultfields\.r: found "list", which SQLite takes/, { study: { resultfields: [{ type: { sql: 'LONGTEXT' } }] } }],
  ['use_ssh_tunnel that is no truth', { database: { use_ssh_tunnel: 'False (optional)' } }, /use_ssh_tunnel: found "False \(optional\)", which is ignored; allowed true or false$/, { database: { provider: 'sqlite' } }],
  ['a list of several types', keyfield('VARCHAR(255)', [1, 'x', 2.5]), /keyfields\.k\.values: values of several types: PyExperimenter stores "1", "x", "2\.5", and so does ts-experimenter; write all of them as texts$/, { grid: { keyfields: { k: { values: ['1', 'x', '2.5'] } } } }],
]; // prettier-ignore

/** What means nothing at all → the line about it. */
const refused: readonly (readonly [what: string, parts: Parts, line: RegExp])[] = [
  ['another provider', { database: { provider: 'postgres' } }, /:\d+: PY_EXPERIMENTER\.Database\.provider: found "postgres"; allowed "sqlite" or "mysql"/],
  ['no provider', { database: { provider: undefined } }, /PY_EXPERIMENTER\.Database\.provider: found nothing/],
  ['no database', { database: { database: undefined } }, /PY_EXPERIMENTER\.Database\.database: found nothing; allowed the name of the database/],
  ['no table', { database: { table: undefined } }, /PY_EXPERIMENTER\.Database\.table: found nothing; allowed an object with name and keyfields/],
  ['no name', { table: { name: undefined } }, /PY_EXPERIMENTER\.Database\.table\.name: found nothing/],
  ['no keyfields', { table: { keyfields: undefined } }, /PY_EXPERIMENTER\.Database\.table\.keyfields: found nothing/],
  ['n_jobs 0 (D19)', { root: { n_jobs: 0 } }, /:\d+: PY_EXPERIMENTER\.n_jobs: found 0; allowed "auto" or an integer from 1/],
  ['n_jobs as a text', { root: { n_jobs: '2' } }, /PY_EXPERIMENTER\.n_jobs: found "2"/],
  ['a keyfield without type', keyfield(undefined, [1]), /keyfields\.k\.type: found nothing; allowed a SQL type/],
  ['a range without stop', keyfield('INT', { start: 1 }), /keyfields\.k\.values: found an object; allowed a list, or a range with start and stop/],
  ['an empty range', keyfield('INT', { start: 1, stop: 1 }), /keyfields\.k\.values: the range from 1 to 1 by 1 is empty/],
  ['an empty list', keyfield('INT', []), /keyfields\.k\.values: found an empty list/],
  ['fractions in an INT keyfield, which MySQL rounds', keyfield('INT', [1, 2.5]), /:\d+: PY_EXPERIMENTER\.Database\.table\.keyfields\.k\.values\[1\]: k \(INT\) cannot hold 2\.5/],
  ['result_timestamps maybe', { table: { result_timestamps: 'maybe' } }, /Database\.table\.result_timestamps: found "maybe"; allowed true or false/],
  ['resultfields that are no map', { table: { resultfields: ['a'] } }, /Database\.table\.resultfields: found a list; allowed an object/],
  ['a logtable of a type alone', { database: { logtables: { l: 'FLOAT' } } }, /:\d+: PY_EXPERIMENTER\.Database\.logtables\.l: found "FLOAT"; allowed an object/],
  ['a fixed column as keyfield (D14)', { table: { keyfields: { status: { type: 'INT', values: [1] } } } }, /keyfields\.status: the name status is taken by a column status that is always there/],
  ['use_ssh as a text', { database: { use_ssh: 'yes please' } }, /Database\.use_ssh: found "yes please"; allowed true or false/],
]; // prettier-ignore

describe('what the documentation lists is read:', () => {
  it.each(meanings)('%s', (_, parts, becomes) => {
    expect(load(pyExperimenter(parts))).toMatchObject(becomes);
  });
});

describe('a known mistake is mended with a warning that names file, line and key:', () => {
  it.each(mistakes)('%s', (_, parts, warning, becomes) => {
    using folder = temporaryFolder();
    const configuration = load(folder.write('experiment_configuration.yml', pyExperimenterYaml(parts)));
    expect(configuration).toMatchObject(becomes);
    const line = configuration.warnings.find((text) => warning.test(text));
    expect(line, configuration.warnings.join('\n')).toMatch(/^\/.*experiment_configuration\.yml:\d+: PY_EXPERIMENTER/);
  });
});

describe('what means nothing is refused with file, line and key:', () => {
  it.each(refused)('%s', (_, parts, line) => {
    using folder = temporaryFolder();
    const error = refusal(folder.write('e.yml', pyExperimenterYaml(parts)));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toMatch(line);
    expect(error.message).toMatch(/^\/.*e\.yml:\d+: PY_EXPERIMENTER/);
  });
});

it('a type that MySQL does not know is refused', () => {
  const parts = { database: { provider: 'mysql' }, ...keyfield('STRING', [1]) };
  expect(refusal(pyExperimenter(parts)).message).toMatch(
    /PY_EXPERIMENTER\.Database\.table\.keyfields\.k\.type: "STRING" is no column type/,
  );
});

describe('keys beside PY_EXPERIMENTER', () => {
  it('are there to be referred to, and sections among them are misplaced', () => {
    const parts = { root: { Custom: { path: '${shared.path}' } } };
    const configuration = load({ ...pyExperimenter(parts), shared: { path: 'data' }, Custom: {} });
    expect(configuration.custom).toEqual({ path: 'data' });
    expect(configuration.warnings).toEqual([
      'configuration: Custom: it stands beside PY_EXPERIMENTER, where it is ignored; move it inside',
    ]);
  });
});

describe('values', () => {
  it('are read as Python reads YAML', () => {
    using folder = temporaryFolder();
    const text = documentedConfiguration()
      .replace("['iris', 'wine']", '[1, 2.0, 2.5]')
      .replace('[3, 5]', '[1_000, 0x10]')
      .replace('result_timestamps: True', 'result_timestamps: yes');
    const { grid, study } = load(folder.write('e.yml', text));
    expect(grid.keyfields['dataset']?.values).toEqual(['1.0', '2.0', '2.5']);
    expect(grid.keyfields['folds']?.values).toEqual([1000, 16]);
    expect(study.resultTimestamps).toBe(true);
  });

  it('that are interpolated into a text are written as Python writes them', () => {
    using folder = temporaryFolder();
    const text = documentedConfiguration().replace(
      '{datapath: path/to/data}',
      '{rate: 1.0, small: 1e-5, count: 3, path: "${.rate}/${.small}/${.count}", same: "${.rate}"}',
    );
    expect(load(folder.write('e.yml', text)).custom).toMatchObject({ path: '1.0/1e-05/3', same: 1 });
  });

  it('of a range have numpy’s rounding, and merge keys work', () => {
    using folder = temporaryFolder();
    const text = `
.defaults: &defaults {type: DOUBLE, values: {start: 0.1, stop: 0.5, step: 0.1}}
${documentedConfiguration()
  .replace(/seed: .*/, 'seed: {<<: *defaults}')
  .trimStart()}`;
    expect(load(folder.write('e.yml', text)).grid.keyfields['seed']?.values).toEqual([
      0.1, 0.2, 0.30000000000000004, 0.4,
    ]);
  });

  it('that the column cannot tell apart are one', () => {
    expect(valuesOf(keyfield('INT', ['1', 1, 2]))).toEqual([1, 2]);
  });
});

describe('credentials', () => {
  const mysql = pyExperimenterYaml({ database: { provider: 'mysql', database: 'studies' } });
  const credentials = (standard: object, more: object = {}) => ({
    CREDENTIALS: { Database: { user: 'someone', password: 'hunter2' }, Connection: { Standard: standard, ...more } },
  });
  interface Given {
    readonly set?: readonly string[];
    readonly env?: NodeJS.ProcessEnv;
    readonly mode?: number;
    readonly configuration?: string;
  }
  const taking = (content: unknown, { set = [], env = {}, mode = 0o600, configuration = mysql }: Given = {}) => {
    using folder = temporaryFolder();
    const file = folder.write('credentials.yml', content, mode);
    return load(folder.write('e.yml', configuration), { set: [`database.credentials=${file}`, ...set], env });
  };
  const refusing = (content: unknown, configuration = mysql) => {
    using folder = temporaryFolder();
    const file = folder.write('credentials.yml', content, 0o600);
    return refusal(folder.write('e.yml', configuration), { set: [`database.credentials=${file}`] }).message;
  };

  it('give server, user and password', () => {
    expect(taking(credentials({ server: 'db.example.org' }))).toMatchObject({
      database: { provider: 'mysql', host: 'db.example.org', port: 3306, name: 'studies', user: 'someone', password: 'hunter2', ssl: null, localTime: true },
      warnings: [],
    }); // prettier-ignore
  });

  it('may name a port, which PyExperimenter cannot (D17)', () => {
    expect(taking(credentials({ server: 'db', port: 3307 })).database).toMatchObject({ port: 3307 });
    expect(taking(credentials({ server: 'db', port: 3307 }), { set: ['database.port=3308'] }).database).toMatchObject({
      port: 3308,
    });
  });

  it('encrypt the connection with use_ssl', () => {
    expect(taking(credentials({ server: 'db', use_ssl: true })).database).toMatchObject({
      ssl: { rejectUnauthorized: true },
    });
    expect(taking(credentials({ server: 'db', use_ssl: false, ssl_params: { ca: 'x' } })).database).toMatchObject({
      ssl: null,
    });
    expect(refusing(credentials({ server: 'db', use_ssl: true, ssl_params: { ca: '/nowhere/ca.pem' } }))).toMatch(
      /credentials\.yml:\d+: database\.ssl\.ca: found no file \/nowhere\/ca\.pem/,
    );
  });

  it('come after the environment and --set', () => {
    const env = { TS_EXPERIMENTER_DATABASE_PASSWORD: 'other', TS_EXPERIMENTER_DATABASE_HOST: 'elsewhere' };
    const set = ['database.user=me'];
    expect(taking(credentials({ server: 'db' }), { env, set }).database).toMatchObject({
      host: 'elsewhere',
      user: 'me',
      password: 'other',
    });
  });

  it('lead through an SSH host with use_ssh', () => {
    const Ssh = {
      server: '127.0.0.1',
      address: 'jump.example.org',
      port: 2222,
      ssh_private_key_password: 'hunter3',
      remote_address: 'db.inside',
      remote_port: 3307,
      local_address: '127.0.0.1',
      local_port: 3306,
    };
    const ssh = pyExperimenterYaml({ database: { provider: 'mysql', database: 'studies', use_ssh: true } });
    const tunnel = {
      host: 'jump.example.org',
      port: 2222,
      passphrase: 'hunter3',
      remoteHost: 'db.inside',
      remotePort: 3307,
    };
    const { database, warnings } = taking(credentials({ server: 'x' }, { Ssh }), { configuration: ssh });
    expect(database).toMatchObject({ sshTunnel: tunnel });
    expect(warnings).toEqual([]);
    const least = taking(credentials({ server: 'x' }, { Ssh: { address: 'jump', passphrase: 'hunter3' } }), {
      configuration: ssh,
    });
    expect(least.database).toMatchObject({
      sshTunnel: { host: 'jump', port: null, passphrase: 'hunter3', remoteHost: '127.0.0.1', remotePort: 3306 },
    });
    expect(least.warnings).toEqual([
      expect.stringMatching(
        /credentials\.yml:\d+: CREDENTIALS\.Connection\.Ssh\.passphrase: PyExperimenter ignores it and reads ssh_private_key_password; it is read as that/,
      ),
    ]);
    expect(taking(credentials({ server: 'db' }, { Ssh })).database).toMatchObject({ host: 'db', sshTunnel: null });
    // use_ssh_tunnel=False
    const without = { configuration: ssh, set: ['database.sshTunnel.host=null'] };
    expect(taking(credentials({ server: 'db' }, { Ssh }), without).database).toMatchObject({
      host: 'db',
      sshTunnel: null,
    });
    expect(refusing(credentials({ server: 'db' }), ssh)).toMatch(
      /CREDENTIALS\.Connection\.Ssh: found nothing; allowed an object with address, because use_ssh is true/,
    );
    expect(refusing(credentials({ server: 'db' }, { Ssh: {} }), ssh)).toMatch(
      /Connection\.Ssh\.address: found nothing; allowed the SSH host/,
    );
  });

  it('that others can read are taken with a warning', () => {
    expect(taking(credentials({ server: 'db' }), { mode: 0o644 }).warnings).toEqual([
      expect.stringMatching(/credentials\.yml: other users of this machine can read it: chmod 600 it$/),
    ]);
  });

  it('may come from environment variables of any name', () => {
    const content = {
      CREDENTIALS: {
        Database: { user: 'u', password: '${oc.env:DB_PASSWORD}' },
        Connection: { Standard: { server: 'db' } },
      },
    };
    expect(taking(content, { env: { DB_PASSWORD: 'hunter2' } }).database).toMatchObject({ password: 'hunter2' });
  });

  it('of our own shape are as good', () => {
    expect(taking({ user: 'u', password: 'p' }, { set: ['database.host=db'] }).database).toMatchObject({
      user: 'u',
      password: 'p',
      host: 'db',
    });
  });

  it.each<[string, unknown, RegExp]>([
    ['no sections', { CREDENTIALS: {} }, /credentials\.yml:\d+: CREDENTIALS\.Connection: found nothing; allowed an object/],
    ['no server', credentials({}), /credentials\.yml:\d+: CREDENTIALS\.Connection\.Standard\.server: found nothing; allowed the name or address/],
    ['a number as password', { CREDENTIALS: { Database: { user: 'u', password: 123 }, Connection: { Standard: { server: 'x' } } } }, /credentials\.yml:\d+: database\.password: found \[secret\] of type number/],
    ['use_ssl as a text', credentials({ server: 'db', use_ssl: 'maybe' }), /Standard\.use_ssl: found a text; allowed true or false/],
    ['a text for a section', { CREDENTIALS: 'hunter2' }, /CREDENTIALS\.Database: found nothing; allowed an object/],
  ])('with %s are refused, and no secret is shown', (_, content, line) => {
    const message = refusing(content);
    expect(message).toMatch(line);
    expect(message).not.toContain('hunter2');
  }); // prettier-ignore

  it('with unknown keys are taken with a warning', () => {
    expect(taking(credentials({ server: 'db', sever: 'x' })).warnings).toEqual([
      expect.stringMatching(
        /credentials\.yml:\d+: CREDENTIALS\.Connection\.Standard\.sever: found an unknown key, which is ignored \(did you mean server\?\)/,
      ),
    ]);
  });

  it('are looked for where PyExperimenter looks', () => {
    expect(refusal(pyExperimenter({ database: { provider: 'mysql' } })).message).toMatch(
      new RegExp(
        `config/database_credentials\\.yml: CREDENTIALS: found no file ${join(process.cwd(), 'config/database_credentials.yml')}; name it with --credentials FILE, or give TS_EXPERIMENTER_DATABASE_HOST`,
      ),
    );
  });
});

describe('the function', () => {
  it('that is written in another language is refused with the way to keep it', () => {
    expect(refusal(pyExperimenter(), { set: ['experiment.module=/study/run.py'] }).message).toContain(
      'a program of another language is a command that reads the experiment as JSON: experiment.command=["python3","run.py"]',
    );
  });
});

describe('the order of a grid', () => {
  const columns = fc
    .integer({ min: 1, max: 5 })
    .chain((count) => fc.array(fc.integer({ min: 1, max: 3 }), { minLength: count, maxLength: count }));
  const studyOf = (sizes: readonly number[]) =>
    defineStudy({ table: 't', keyfields: Object.fromEntries(sizes.map((_, index) => [`k${index}`, 'INT'])) });

  /** Row r of numpy's meshgrid, transposed and reshaped: the axes of k1 and k2 are exchanged, and the last axis goes slowest. */
  const statedRow = (sizes: readonly number[], row: number): readonly number[] => {
    const fastestFirst = sizes.length < 2 ? [0] : [1, 0, ...sizes.map((_, index) => index).slice(2)];
    const chosen = sizes.map(() => 0);
    let rest = row;
    for (const field of fastestFirst) {
      const size = sizes[field] ?? 1;
      chosen[field] = rest % size;
      rest = Math.floor(rest / size);
    }
    return chosen;
  };

  it('is numpy’s for every number of keyfields', () => {
    fc.assert(
      fc.property(columns, (sizes) => {
        const study = studyOf(sizes);
        const keyfields = Object.fromEntries(
          sizes.map((size, index) => [`k${index}`, { values: Array.from({ length: size }, (_, value) => value) }]),
        );
        const rows = [...combinations(study, defineGrid(study, { keyfields, order: 'meshgrid' }))];
        expect(rows.map((row) => Object.values(row))).toEqual(rows.map((_, index) => statedRow(sizes, index)));
        expect(rows).toHaveLength(sizes.reduce((product_, size) => product_ * size, 1));
      }),
    );
  });

  it('is numpy’s also for the parameters that code gives, whatever their order there', () => {
    const study = studyOf([1, 2, 3, 4]);
    const parameters = { k3: [0, 1], k2: [0, 1], k0: [0, 1] };
    const rows = [...product(study, parameters, [{ k1: 8 }, { k1: 9 }], 'meshgrid')];
    // Two of k0 and k2, with k2 the faster one; k3 the slowest; the fixed ones the fastest.
    expect(rows.slice(0, 5).map((row) => Object.values(row))).toEqual([[0, 8, 0, 0], [0, 9, 0, 0], [0, 8, 1, 0], [0, 9, 1, 0], [1, 8, 0, 0]]);
    expect(rows[8]).toEqual({ k0: 0, k1: 8, k2: 0, k3: 1 });
    expect(rows).toHaveLength(16);
  }); // prettier-ignore
});
