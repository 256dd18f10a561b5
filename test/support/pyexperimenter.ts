import { stringify } from 'yaml';

/** A configuration of PyExperimenter's documented shape that uses every section; `provider` and table may be changed. */
export const documentedConfiguration = ({
  provider = 'sqlite',
  database = 'study',
  table = 'kernels',
} = {}): string => `\
PY_EXPERIMENTER:
  n_jobs: 2
  Database:
    provider: ${provider}
    database: ${database}
    use_ssh_tunnel: False
    table:
      name: ${table}
      keyfields:
        dataset: {type: VARCHAR(255), values: ['iris', 'wine']}
        folds: {type: INT, values: [3, 5]}
        seed: {type: INT, values: {start: 0, stop: 5, step: 1}}
        kernel: {type: VARCHAR(255), values: ['linear', 'poly', 'rbf']}
      resultfields: {pipeline: LONGTEXT, train_f1: DOUBLE, test_f1: DOUBLE}
      result_timestamps: True
    logtables:
      evaluations: {kernel: VARCHAR(50), f1: DOUBLE}
      incumbents: {pipeline: LONGTEXT, performance: DOUBLE}
  Custom: {datapath: path/to/data}
  CodeCarbon: {offline_mode: True, country_iso_code: DEU, measure_power_secs: 25, tracking_mode: process, log_level: error, save_to_file: True, output_dir: output/CodeCarbon}
`;

/** The least that PyExperimenter takes, with other or more in its sections. */
export const pyExperimenter = ({
  root = {},
  database = {},
  table = {},
}: {
  readonly root?: object;
  readonly database?: object;
  readonly table?: object;
} = {}): { readonly PY_EXPERIMENTER: object } => ({
  PY_EXPERIMENTER: {
    n_jobs: 1,
    Database: {
      provider: 'sqlite',
      database: 'study',
      table: { name: 't', keyfields: { seed: { type: 'INT', values: [1, 2] } }, ...table },
      ...database,
    },
    ...root,
  },
});

/** The same as YAML. */
export const pyExperimenterYaml = (more: Parameters<typeof pyExperimenter>[0]): string =>
  stringify(pyExperimenter(more));
