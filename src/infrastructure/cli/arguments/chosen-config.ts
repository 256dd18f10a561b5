import { existsSync } from 'node:fs';
import { usage } from './flag-values.ts';

/** Names a configuration for every command of a shell. */
export const CONFIG_VARIABLE = 'TS_EXPERIMENTER_CONFIG';

/** Where a configuration is looked for if neither `--config` nor the variable names one; the first that is there. */
export const DEFAULT_CONFIGS = ['study.json', 'study.yml', 'study.yaml', 'config/exp.json'] as const;

/**
 * The configuration that a command is about: `--config`, else the variable, else the first default that is there.
 * Throws `USAGE` with all places that were looked at.
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
