import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bashScript } from '../../../src/infrastructure/cli/completion/bash.ts';
import { fishScript } from '../../../src/infrastructure/cli/completion/fish.ts';
import { completedVerbs } from '../../../src/infrastructure/cli/completion/words.ts';
import { zshScript } from '../../../src/infrastructure/cli/completion/zsh.ts';
import { verbs } from '../../../src/infrastructure/cli/verbs.ts';

const programOf = (shell: string): string | undefined =>
  ['/bin', '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'].map((folder) => `${folder}/${shell}`).find(existsSync);

const output = (program: string, args: readonly string[], input: string): readonly string[] =>
  execFileSync(program, args, {
    input,
    encoding: 'utf8',
    timeout: 600_000,
    env: { ...process.env, HOME: '/nonexistent', TERM: 'dumb' },
  })
    .split('\n')
    .filter((line) => line !== '');

/** What the shell offers for the last of these words. */
type Complete = (...words: readonly string[]) => readonly string[];

const bash =
  (program: string): Complete =>
  (...words) =>
    output(
      program,
      ['--norc', '--noprofile'],
      `${bashScript(completedVerbs(verbs))}
       COMP_WORDS=(ts-experimenter ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}
       _ts_experimenter; printf '%s\\n' "\${COMPREPLY[@]}"`,
    );

const fish =
  (program: string): Complete =>
  (...words) =>
    output(
      program,
      ['--no-config', '-c', `${fishScript(completedVerbs(verbs))}\ncomplete -C 'ts-experimenter ${words.join(' ')}'`],
      '',
    ).map((line) => line.split('\t')[0] ?? '');

/** zsh completes only in its line editor; here its own functions say what they were asked for. */
const zsh =
  (program: string): Complete =>
  (...words) =>
    output(
      program,
      ['-f'],
      `compdef() { }
       _arguments() { print -rl -- "$@" }
       _describe() { print -rl -- "\${(P@)4}" }
       ${zshScript(completedVerbs(verbs))}
       words=(ts-experimenter ${words.map(quoted).join(' ')}); CURRENT=$#words
       _ts_experimenter`,
    );

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

describe('completion', () => {
  it('knows every verb and every flag', () => {
    for (const { name, flags } of verbs) {
      const completed = completedVerbs(verbs).find((verb) => verb.name === name);
      const names = completed?.flags.map((flag) => flag.name) ?? [];
      expect(names).toEqual(expect.arrayContaining(flags.map(([syntax]) => syntax.split(' ')[0])));
      expect(names).toEqual(expect.arrayContaining(['--config', '--set', '--json', '--help']));
    }
  });

  for (const [shell, make] of Object.entries({ bash, fish })) {
    const program = programOf(shell);
    if (program === undefined) process.stderr.write(`completion: no ${shell} here, its script is not tried\n`);
    describe.skipIf(program === undefined)(`of ${shell}`, () => {
      const complete = make(program ?? '');

      it('offers verbs, their flags, and the words that flags and arguments take', () => {
        expect(complete('st')).toEqual(['status']);
        expect(complete('')).toEqual(expect.arrayContaining(verbs.map(({ name }) => name)));
        expect(complete('status', '--wa')).toEqual(['--watch']);
        expect(complete('status', '--inspect')).toEqual([]);
        expect(complete('list', '--status', 'pa')).toEqual(['paused']);
        expect(complete('plot', 'heat')).toEqual(['heatmap']);
        expect(complete('export', '--format', 'par')).toEqual(['parquet']);
        expect(complete('list', '--limit', '')).toEqual([]);
        expect(complete('--config', 'package.jso')).toEqual(['package.json']);
        expect(complete('list', '--config', 'package.jso')).toEqual(['package.json']);
      });
    });
  }

  const program = programOf('zsh');
  if (program === undefined) process.stderr.write('completion: no zsh here, its script is not tried\n');
  it.skipIf(program === undefined)('of zsh asks for the same', () => {
    const complete = zsh(program ?? '');
    expect(complete('st')).toEqual(verbs.map(({ name, summary }) => `${name}:${summary}`));
    const flags = complete('list', '--status', 'pa');
    expect(flags).toContainEqual(
      expect.stringMatching(/^\*--status\[.*\]:value:\(created running done error paused\)$/),
    );
    expect(flags).toContainEqual(expect.stringMatching(/^\*--config\[.*\]:file:_files$/));
    expect(complete('plot', '').at(-1)).toBe('*:what:(plot curve box violin heatmap parallel ranks)');
  });
});
