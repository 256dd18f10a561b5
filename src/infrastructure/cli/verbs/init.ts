import { languages } from '../arguments/choices.ts';
import { lstatSync, mkdirSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { ExperimenterError } from '../../../domain/errors.ts';
import { defineStudy } from '../../../domain/study/define-study.ts';
import { quoted } from '../../text/safe-text.ts';
import { ask } from '../arguments/confirm.ts';
import { print } from '../output/data-out.ts';
import { ExitCode } from '../output/exit-code.ts';
import type { Flags, Verb } from '../arguments/flags.ts';
import { type Language, type NewFile, studyFiles } from './init-files.ts';
import { jsonText } from '../../../domain/values/value-text.ts';
import { writeFileWhole } from '../output/output-file.ts';
import { commandOf } from '../arguments/session.ts';
import { plain } from '../../text/terminal-text.ts';
import { oneOf, usage } from '../arguments/flag-values.ts';

/** Writes a new study to a folder. It runs unchanged. Existing files are not replaced. */
export const init: Verb = async (flags, folder) => {
  const directory = resolve(folder === '' ? '.' : folder);
  const language = await languageOf(flags);
  const table = tableOf(flags, directory);
  const files = studyFiles(table, language);
  const missing = absent(files, directory);
  makeDirectory(directory);
  for (const { name, text } of missing) {
    await writeFileWhole(join(directory, name), false, async (out) => out.write(text), 'init');
  }
  const place = relative(process.cwd(), directory);
  const config = join(place, 'study.json');
  const next = [
    [commandOf('run', { config }), 'execute the experiments'],
    [commandOf('status', { config }), 'how they stand'],
    [commandOf('table', { config }), 'the results, averaged over the seeds'],
    [`${commandOf('plot', { config })} curve --by optimiser`, 'learning curves'],
  ] as const;
  if (flags.json === true) {
    const commands = next.map(([command]) => command);
    await print(jsonText({ v: 1, directory, language, files: missing.map(({ name }) => name), next: commands }));
  } else if (flags.quiet !== true) await print(told(missing, files, directory, next));
  return ExitCode.Success;
};

const told = (
  written: readonly NewFile[],
  all: readonly NewFile[],
  directory: string,
  next: readonly (readonly [command: string, meaning: string])[],
): string => {
  const kept = all.filter((file) => !written.includes(file)).map(({ name }) => name);
  const widest = Math.max(...next.map(([command]) => command.length));
  return [
    `${plain(directory)}: ${written.map(({ name }) => name).join(', ')} written${kept.length > 0 ? `, ${kept.join(', ')} left as it is` : ''}.`,
    '',
    'Next:',
    ...next.map(([command, meaning]) => `  ${plain(command).padEnd(widest)}  # ${meaning}`),
    '',
    'Then write your own function in its module, and its fields in study.json, which editors complete.',
  ].join('\n');
};

/** The files to write. An existing .gitignore stays; other existing files are an error. */
const absent = (files: readonly NewFile[], directory: string): readonly NewFile[] => {
  const isThere = ({ name }: NewFile): boolean =>
    lstatSync(join(directory, name), { throwIfNoEntry: false }) !== undefined;
  const taken = files.filter(isThere);
  const study = taken.find(({ name }) => name !== '.gitignore');
  if (study) {
    throw new ExperimenterError(
      'CONFIRMATION_NEEDED',
      `${join(directory, study.name)} exists already; nothing was written: name another folder, or move the file away`,
    );
  }
  return files.filter((file) => !taken.includes(file));
};

const makeDirectory = (directory: string): void => {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ExperimenterError('USAGE', `${directory} cannot be made: ${message}`, { cause: error });
  }
};

/** The language of the flag. Without the flag it asks on a terminal; elsewhere it is TypeScript. */
const languageOf = async ({ language, json }: Flags): Promise<Language> => {
  const isAsked = language === undefined && process.stdin.isTTY && process.stderr.isTTY && json !== true;
  const answer = isAsked ? (await ask('Language, typescript or javascript? [typescript] ')).trim() : language;
  const wanted = answer === undefined || answer === '' ? 'typescript' : answer.toLowerCase();
  const long = languages.find((each) => shortNames[each] === wanted);
  return long ?? oneOf('--language', wanted, languages);
};

const shortNames: Readonly<Record<Language, string>> = { typescript: 'ts', javascript: 'js' };

/** The name of the study's table: that of the flag, or one made of the folder's name. */
const tableOf = ({ name }: Flags, directory: string): string => {
  const table =
    name ??
    (basename(directory)
      .replace(/[^A-Za-z0-9_]+/g, '_')
      .replace(/^[^A-Za-z]+|_+$/g, '')
      .slice(0, 30) ||
      'study');
  defineStudy({ table, keyfields: { seed: 'INT' } }); // throws if the name is invalid
  if (/^[A-Za-z]\w*$/.test(table)) return table;
  throw usage(
    `--name: found ${quoted(table)}; allowed are letters, digits and _, a letter first, for a file is named after it, too`,
  );
};
