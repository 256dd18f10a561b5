import { Command, Option } from 'commander';
import { didYouMean } from '../../domain/did-you-mean.ts';
import { quoted } from '../text/safe-text.ts';
import { version } from '../system/version.ts';
import { type Flags, type VerbDeclaration, commonFlags } from './arguments/flags.ts';
import { verbs } from './verbs.ts';
import { usage } from './arguments/flag-values.ts';

const exitCodes = `
Exit codes: 0 success; 1 unexpected; 2 usage or configuration, nothing touched; 3 finished, but some experiments
failed, or a table that must be complete is not; 5 database unreachable or unsupported; 6 the tables are another
study's; 8 confirmation needed; 75 stopped with work left; 130, 143 stopped by Ctrl-C or SIGTERM.`;

/** The whole command line. Throws commander's errors; it does not print them or exit. */
export const program = (): Command => {
  const root = new Command('ts-experimenter')
    .description('Runs empirical studies: a table of experiments, any number of runners, one evaluation table.')
    .version(version)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: true })
    .option(...commonFlags.config)
    .option(...commonFlags.credentials)
    .addOption(new Option(...commonFlags.set).argParser(collected))
    .option(...commonFlags.json)
    .option(...commonFlags.quiet)
    .option(...commonFlags.noColor)
    .addHelpText(
      'after',
      `\nWithout a verb: run.${examples([
        ['--config study.json', 'run the study'],
        ['status', 'how it stands'],
        ['list --help', 'the flags of a verb, with examples'],
      ])}\n${exitCodes}`,
    );
  for (const verb of verbs) declare(root, verb);
  root.hook('preSubcommand', ({ args }) => requireVerb(args[0]));
  return root;
};

const collected = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

const declare = (root: Command, { name, argument, summary, flags, examples: lines, load }: VerbDeclaration): void => {
  const command = root.command(name, { isDefault: name === 'run' }).description(summary);
  if (argument) command.argument(argument[0], argument[1]);
  for (const [syntax, description] of flags) command.option(syntax, description);
  command.addHelpText('after', examples(lines));
  command.allowExcessArguments(false).action(async () => {
    const given: Flags = command.optsWithGlobals();
    if (!given.color) withoutColours();
    const verb = await load();
    process.exitCode = await verb(given, command.args[0] ?? '');
  });
};

const examples = (lines: VerbDeclaration['examples']): string => {
  const widest = Math.max(...lines.map(([line]) => line.length));
  return `\nExamples:\n${lines.map(([line, meaning]) => `  ts-experimenter ${line.padEnd(widest)}  # ${meaning}`).join('\n')}`;
};

/** Throws `USAGE` for an unknown verb, which commander would pass to `run` as an argument. */
const requireVerb = (word: string | undefined): void => {
  const names = [...verbs.map(({ name }) => name), 'help'];
  if (word === undefined || word.startsWith('-') || names.includes(word)) return;
  throw usage(`there is no verb ${quoted(word)}${didYouMean(word, names)}; there are ${names.join(', ')}`);
};

const withoutColours = (): void => {
  delete process.env['FORCE_COLOR'];
  process.env['NO_COLOR'] = '1';
};
