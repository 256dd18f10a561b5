import { existsSync } from 'node:fs';
import { access, constants, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ExperimenterError } from '../../domain/errors.ts';
import { gridSize } from '../../domain/parameter-grid.ts';
import type { Configuration } from '../config/configuration.ts';
import { print } from './data-out.ts';
import { ExitCode } from './exit-code.ts';
import type { Verb } from './flags.ts';
import { jsonText } from './json.ts';
import { checkExperiment, chosenStudy, placeOf, withTables } from './session.ts';
import { plain } from './text.ts';
import { counted } from './words.ts';

/** Everything that a run would check, and nothing that it would change. */
export const check: Verb = async (flags) => {
  const chosen = await chosenStudy(flags);
  const { configuration } = chosen;
  const { study, grid, experiment } = configuration;
  const { describeConfiguration } = await import('../config/describe.ts');
  await checkExperiment(configuration);
  const exists = await withTables(
    chosen,
    async () => absent(configuration),
    async () => true,
  );
  const experiments = gridSize(study, grid);
  if (flags.json === true) {
    await print(
      jsonText({
        v: 1,
        ok: true,
        study: study.table,
        experiments,
        tables: exists,
        configuration: describeConfiguration(configuration),
      }),
    );
  } else if (flags.quiet !== true) {
    const what =
      experiment?.kind === 'command' ? `the command ${experiment.command[0] ?? ''}` : (experiment?.file ?? '');
    await print(
      [
        `configuration  ${plain(chosen.file)} is valid: ${counted(experiments, 'experiment')}`,
        `experiment     ${plain(what)} can be executed`,
        `database       ${placeOf(configuration)} ${exists ? "is there, and is this study's" : 'will be created by fill or run'}`,
      ].join('\n'),
    );
  }
  return ExitCode.Success;
};

/** Throws what creating the database would throw. */
const absent = async ({ database }: Configuration): Promise<false> => {
  if (database.provider !== 'sqlite') return false;
  const { file } = database;
  const directory = dirname(file);
  if (existsSync(file)) return false;
  await access(directory, constants.W_OK).catch((error: Error) => {
    throw new ExperimenterError('DATABASE_UNREACHABLE', `${file} cannot be created: ${error.message}`, {
      cause: error,
    });
  });
  const { refuseNetwork } = await import('../database/open-sqlite.ts');
  refuseNetwork(file, (await statfs(directory)).type, process.platform);
  return false;
};
