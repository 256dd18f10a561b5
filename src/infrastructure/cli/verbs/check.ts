import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { Finding } from '../../../domain/repository/study-store.ts';
import { gridSize } from '../../../domain/grid/combinations.ts';
import type { Configuration } from '../../config/schema/configuration.ts';
import { print } from '../output/data-out.ts';
import { ExitCode } from '../output/exit-code.ts';
import type { Verb } from '../arguments/flags.ts';
import { jsonText } from '../../../domain/values/value-text.ts';
import { checkExperiment, chosenStudy, placeOf, withTables } from '../arguments/session.ts';
import { plain, plainLines } from '../../text/terminal-text.ts';
import { counted } from '../../text/format.ts';

/** Checks everything that a run would check, and changes nothing. */
export const check: Verb = async (flags) => {
  const chosen = await chosenStudy(flags);
  const { configuration } = chosen;
  // The answer contains the warnings, so the log must not write them, too.
  const silent = { ...chosen, configuration: { ...configuration, log: { level: 'silent', file: null } as const } };
  const { study, grid, experiment } = configuration;
  const { describeConfiguration } = await import('../../config/describe.ts');
  await checkExperiment(configuration);
  const [exists, findings] = await withTables<readonly [boolean, readonly Finding[]]>(
    silent,
    async (experimenter) => [false, await (experimenter?.findings() ?? absent(configuration))],
    async (experimenter) => {
      await experimenter.verify();
      return [true, await experimenter.findings()];
    },
  );
  const broken = findings.some(({ severity }) => severity === 'error');
  const experiments = gridSize(study, grid);
  if (flags.json === true) {
    await print(
      jsonText({
        v: 1,
        ok: !broken,
        study: study.table,
        experiments,
        tables: exists,
        findings,
        warnings: configuration.warnings,
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
        ...configuration.warnings.map((text) => plainLines(`warning        ${text}`)),
        ...findings.map(findingText),
      ].join('\n'),
    );
  }
  if (broken && flags.quiet === true && flags.json !== true) {
    process.stderr.write(`${findings.map(findingText).join('\n')}\n`);
  }
  return broken ? ExitCode.Unreachable : ExitCode.Success;
};

const findingText = ({ severity, message, fix }: Finding): string =>
  plainLines(`${severity.padEnd(13)}  ${message}\n               ${fix}`);

/** The findings for a database that does not exist yet. Throws the errors of creating it. */
const absent = async ({ database, study }: Configuration): Promise<readonly Finding[]> => {
  if (database.provider !== 'sqlite') return [];
  const { requireSqliteWidth } = await import('../../database/structure/width.ts');
  requireSqliteWidth(study);
  const { file } = database;
  const directory = dirname(file);
  await access(directory, constants.W_OK).catch((error: Error) => {
    throw new ExperimenterError('DATABASE_UNREACHABLE', `${file} cannot be created: ${error.message}`, {
      cause: error,
    });
  });
  const { networkOf, refuseNetwork } = await import('../../database/open-sqlite.ts');
  refuseNetwork(file, await networkOf(file));
  const { unsynchronised } = await import('../../database/sqlite/sqlite-database.ts');
  return database.synchronous === 'normal' ? [unsynchronised] : [];
};
