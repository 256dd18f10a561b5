import { statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { ExperimentSetting } from '../schema/configuration.ts';
import type { SettingsSources } from '../sources/settings-sources.ts';
import { isObject, type Path, quoted } from '../../text/safe-text.ts';
import type { Settings } from '../schema/schema.ts';

const extensions = ['.ts', '.mts', '.js', '.mjs', '.cjs'];
const here = ['experiment', 'module'];

/** Module or command, from the source of higher precedence. Both in one source are a problem. */
export const experimentOf = (
  { module, command }: Settings['experiment'],
  sources: SettingsSources,
  directory: string,
): ExperimentSetting | null => {
  const byModule = module === null ? 0 : sources.level('experiment.module');
  const byCommand = command === null ? 0 : sources.level('experiment.command');
  if (byModule > 0 && byModule === byCommand) {
    sources.problems.add(['experiment'], 'both module and command', 'one of them');
    return null;
  }
  if (command !== null && byCommand > byModule) {
    const [program = '', ...rest] = command;
    return { kind: 'command', command: [/[/\\]/.test(program) ? resolve(directory, program) : program, ...rest] };
  }
  if (module === null) return null;
  if (/^[a-z]{2,}:/i.test(module)) sources.problems.add(here, `the URL ${quoted(module)}`, 'the path of a file');
  else if (!extensions.includes(extname(module).toLowerCase()))
    sources.problems.add(here, quoted(module), `a file that ends in ${extensions.join(', ')}${asCommand(module)}`);
  return { kind: 'module', file: resolve(directory, module) };
};

const interpreters: Readonly<Record<string, string>> = {
  '.py': 'python3',
  '.r': 'Rscript',
  '.jl': 'julia',
  '.sh': 'bash',
  '.pl': 'perl',
  '.rb': 'ruby',
};

/** A program of another language is executed as a command. */
const asCommand = (module: string): string => {
  const interpreter = interpreters[extname(module).toLowerCase()];
  if (interpreter === undefined) return '';
  const command = JSON.stringify([interpreter, basename(module)]);
  return `; a program of another language is a command that reads the experiment as JSON: experiment.command=${command} (docs/configuration-pyexperimenter.md)`;
};

/** Throws `MODULE_INVALID` when the module is no file. A worker checks its exports. */
export const requireModule = (experiment: ExperimentSetting | null, sources: SettingsSources): void => {
  if (experiment?.kind !== 'module' || statSync(experiment.file, { throwIfNoEntry: false })?.isFile()) return;
  throw new ExperimenterError(
    'MODULE_INVALID',
    `${sources.origin(here)}: experiment.module: found no file ${experiment.file}; allowed the path of a module with the experiment function as default export, relative to the configuration file`,
  );
};

/**
 * The custom section as JSON can write it, because external commands are given JSON: an integer that only a bigint
 * holds, NaN and infinities are problems, and not null or another number.
 */
export const customOf = (custom: unknown, sources: SettingsSources): Readonly<Record<string, unknown>> => {
  const read = (value: unknown, path: Path): unknown => {
    if (typeof value === 'bigint' && isDouble(value)) return Number(value);
    if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) {
      sources.problems.add(path, String(value), 'a finite number that a double keeps as it is written, or a text');
    }
    if (Array.isArray(value)) return value.map((item, index) => read(item, [...path, String(index)]));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, read(item, [...path, key])]));
  };
  return isObject(custom) ? (read(custom, ['custom']) as Record<string, unknown>) : {};
};

// Exactly, or as JavaScript itself prints the double: 49762573820621690 is what 49762573820621688 looks like.
const isDouble = (value: bigint): boolean => BigInt(Number(value)) === value || String(Number(value)) === String(value);
