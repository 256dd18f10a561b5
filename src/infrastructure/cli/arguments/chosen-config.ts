import { existsSync } from 'node:fs';
import { usage } from './flag-values.ts';

/** The environment variable that names a configuration for all commands of a shell. */
export const CONFIG_VARIABLE = 'TS_EXPERIMENTER_CONFIG';

/** The files that are tried, in this order, if neither `--config` nor the variable names a configuration. */
export const DEFAULT_CONFIGS = ['study.json', 'study.yml', 'study.yaml', 'config/exp.json'] as const;

/**
 * The configuration of a command: `--config`, else the variable, else the first default that exists. Throws `USAGE`
 * with all places that were tried.
 */
export const chosenConfig = (flag: string | undefined, env: NodeJS.ProcessEnv = process.env): string => {
  const named = flag ?? (env[CONFIG_VARIABLE] || undefined);
  const file = named ?? DEFAULT_CONFIGS.find((name) => existsSync(name));
  if (file !== undefined) return file;
  throw usage(
    `no study: give --config FILE, or set ${CONFIG_VARIABLE} (it is not set, and ${process.cwd()} has none of ` +
      `${DEFAULT_CONFIGS.join(', ')}); "ts-experimenter init" writes a study`,
  );
};
