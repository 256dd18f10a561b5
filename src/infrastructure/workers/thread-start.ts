import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The path of an entry file beside this one, in source (.ts) as after the build (.js). */
export const entryFile = (name: string): string =>
  fileURLToPath(new URL(`./${name}${extname(new URL(import.meta.url).pathname)}`, import.meta.url));

const OWN_VARIABLES = /^(TS_EXPERIMENTER_.*|(MYSQL|MARIADB)_(PWD|(.*_)?PASSWORD))$/i;

/** A copy of the environment for user code: everything but our own variables and the passwords of database clients. */
export const workerEnvironment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !OWN_VARIABLES.test(name)));

/** Node's flags for a thread: the process's own, without those that only make sense for its main program. */
export const workerFlags = (flags: readonly string[]): string[] => {
  const kept: string[] = [];
  for (let at = 0; at < flags.length; at += 1) {
    const flag = flags[at] ?? '';
    if (/^(-e|-p|-pe|--eval|--print)$/.test(flag)) at += 1;
    else if (!/^--(input-type|inspect|eval|print|test|watch)/.test(flag)) kept.push(flag);
  }
  return kept;
};
