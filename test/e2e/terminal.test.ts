import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { fixture, kindsStudy, studyFolder, type StudyFolder } from '../support/command-line.ts';
import { Terminal, tmuxThere } from '../support/terminal.ts';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Three that fail, three that run until they are released, and one with a long value. */
const slowStudy = () => {
  const folder = studyFolder({});
  const { table, ...rest } = kindsStudy([]);
  folder.write('study.json', {
    ...rest,
    experiment: { module: fixture('cli/epochs.mjs') },
    table: {
      ...(table as object),
      keyfields: {
        batch: { type: 'INT', values: [512, 64] },
        model: {
          type: 'VARCHAR(99)',
          values: ['small', 'large', 'a-model-with-a-very-long-name-that-does-not-fit-into-a-line'],
        },
      },
    },
    runner: { workers: 3 },
    custom: { release: join(folder.path, 'go') },
  });
  return folder;
};

describe.skipIf(!tmuxThere)('in a real terminal', () => {
  let terminal: Terminal | undefined;
  afterEach(() => terminal?.close());

  it.each([80, 140])(
    'run shows everything without a wrapped line at %i columns, and only data on stdout',
    async (columns) => {
      const folder = slowStudy();
      terminal = new Terminal(`node ${main} run --config study.json > out.txt`, folder.path, columns, 24);
      const screen = await terminal.shows(/3 failed, last:[^]*#1 Error/);
      const live = await terminal.shows(/#4 +\d+ s[^]*#5 +\d+ s[^]*#6 +\d+ s/);
      const [bar = '', ...rest] = live.slice(live.findLastIndex((line) => line.includes('3/6')));
      expect(bar).toMatch(/^█{12}░{12} 3\/6 {2}50 % {2}.*3 running$/);
      expect(rest).toHaveLength(7);
      expect(rest.slice(0, 3)).toEqual(
        [4, 5, 6].map((id) => expect.stringMatching(new RegExp(`^  #${id} +\\d+ s  epoch=3/40 loss=0.25 note=long`))),
      );
      expect(rest[0]).toContain('batch=64');
      // Nothing of ours was wrapped; what experiments print is theirs.
      const ours = terminal.unwrapped().filter((line) => !line.startsWith('printed by'));
      for (const line of ours) expect(line.length).toBeLessThan(columns);
      expect(screen.join('\n')).toContain('printed by small');
      expect(readFileSync(join(folder.path, 'out.txt'), 'utf8')).toBe('');

      folder.write('go', '');
      const end = await terminal.shows(/ended with 3/);
      expect(end.join('\n')).not.toMatch(/█|running/);
      expect(readFileSync(join(folder.path, 'out.txt'), 'utf8')).toMatch(
        /^6 experiments executed .*: 3 done, 3 failed\.\n/,
      );
    },
  );

  it('run has colours, and none with NO_COLOR', async () => {
    const folder = slowStudy();
    terminal = new Terminal(`node ${main} run --config study.json > out.txt`, folder.path, 80, 24);
    await terminal.shows(/3 failed, last:/);
    expect(terminal.screen(true).join('\n')).toContain('\u001b[31m3 failed, last:');
    folder.write('go', ''); // a run whose terminal has gone lets what runs finish
    terminal.close();
    terminal = new Terminal(`NO_COLOR=1 node ${main} status --watch --config study.json`, folder.path, 80, 24);
    await terminal.shows(/active|draining|No runner/);
    expect(terminal.screen(true).join('\n')).not.toContain('\u001b');
  });

  it('status --watch shows the fleet in place, and leaves a clean terminal', async () => {
    const folder = slowStudy();
    const running = folder.start('run');
    terminal = new Terminal(`node ${main} status --watch 1 --config study.json`, folder.path, 80, 24);
    const [head, bar, , runner, ...rest] = await terminal.shows(/3 running on 3 workers[^]*#6 +\d+ s/);
    expect(head).toBe('study: 6 experiments (0 done, 3 failed, 3 running)');
    expect(bar).toMatch(/^█{12}░{12} 3\/6 {2}50 %/);
    expect(runner).toMatch(/^active {2}\S+ pid \d+ {2}3 running on 3 workers {2}up \d+ s {2}heard \d+ s ago$/);
    expect(rest.slice(0, 3)).toEqual([4, 5, 6].map((id) => expect.stringMatching(new RegExp(`^    #${id} `))));
    expect(rest.slice(3)).toEqual(['', expect.stringMatching(/^3 × \(#1\) Error: out of memory: very .*…$/)]);
    folder.write('go', '');
    await running.ended;
    await terminal.shows(/study: 6 experiments \(3 done, 3 failed\)/);
    terminal.key('C-c');
    const end = await terminal.shows(/ended with 0/);
    expect(end.filter((line) => line.startsWith('study: '))).toHaveLength(1);
    expect(end.at(-1)).toBe('ended with 0');
  });

  it.each([0, 1, 5])('every verb ends in a terminal that says it has %i columns', async (size) => {
    const folder = slowStudy();
    folder.write('go', '');
    const verbs = ['run', 'status', 'list', 'errors', 'show 1', 'table', 'plot box', 'plan', 'export'];
    const all = verbs.map((verb) => `node ${main} ${verb} --config study.json; echo "${verb}: $?" >> codes`).join('; ');
    const watch = `timeout -s INT 3 node ${main} status --watch 1 --config study.json`;
    terminal = new Terminal(`stty cols ${size} rows ${size}; ${all}; ${watch}`, folder.path, 80, 200);
    const screen = (await terminal.shows(/ended with \d+/)).join('\n');
    const codes = readFileSync(join(folder.path, 'codes'), 'utf8').trimEnd().split('\n');
    expect(codes).toEqual(verbs.map((verb) => `${verb}: ${verb === 'run' ? 3 : 0}`));
    if (size === 0) expect(screen).toMatch(/^ID +status +batch +model/m);
    expect(screen).not.toContain('ts-experimenter: unexpected');
  });

  it('data on it drive nothing, and come out as they are elsewhere', async () => {
    const folder = studyFolder(kindsStudy(['\u001b[2J\u001b]0;title\u0007\u009b31mred\u202e']));
    await folder.call('fill');
    const verbs = [
      'export --columns kind',
      'export --raw --columns kind',
      'table --rows kind --value accuracy --format csv',
    ];
    terminal = new Terminal(
      verbs.map((verb) => `node ${main} ${verb} --config study.json`).join('; '),
      folder.path,
      160,
      50,
    );
    const screen = (await terminal.shows(/ended with 0/)).join('\n');
    const shown = String.raw`\u001b[2J\u001b]0;title\u0007\u009b31mred\u202e`;
    expect(screen.split(shown)).toHaveLength(verbs.length + 1);
    const { stdout } = await folder.call('export', '--columns', 'kind');
    expect(stdout).toBe('kind\r\n\u001b[2J\u001b]0;title\u0007\u009b31mred\u202e\r\n');
  });

  it('a run ends although the terminal is stopped, and the terminal shows it when it goes on', async () => {
    const folder = slowStudy();
    terminal = new Terminal(`node ${main} run --config study.json`, folder.path, 80, 24);
    await terminal.shows(/3 running/);
    terminal.key('C-s');
    folder.write('go', '');
    await recorded(folder);
    terminal.key('C-q');
    const end = await terminal.shows(/ended with 3/);
    expect(end.join('\n')).toMatch(/6 experiments executed .*: 3 done, 3 failed\./);
    expect(end.join('\n')).not.toMatch(/█|running/);
  });

  it('a run ends although the terminal hangs, and much is printed', async () => {
    const folder = slowStudy();
    folder.write('loud.mjs', loud);
    const study = JSON.parse(readFileSync(join(folder.path, 'study.json'), 'utf8')) as object;
    folder.write('study.json', { ...study, experiment: { module: './loud.mjs' } });
    terminal = new Terminal(`node ${main} run --config study.json`, folder.path, 80, 24);
    await terminal.shows(/6 running|3 running/);
    terminal.hang();
    folder.write('go', '');
    await recorded(folder);
    terminal.goOn();
    const end = await terminal.shows(/ended with 0/);
    expect(end.join('\n')).toMatch(/more lines are not shown: the terminal took none/);
    expect(end.join('\n')).toMatch(/6 experiments executed .*: 6 done\./);
  });
});

/** Prints far more than a terminal holds. */
const loud = `
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
export default async ({ custom }) => {
  while (!existsSync(String(custom.release))) await sleep(20);
  for (let line = 0; line < 5_000; line += 1) console.log('line', line, 'x'.repeat(60));
  return { accuracy: 0.9 };
};
`;

/** Waits until every experiment has ended and no runner is left. */
const recorded = async (folder: StudyFolder): Promise<void> => {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const { stdout } = await folder.call('status', '--json');
    const { counts, runners } = JSON.parse(stdout) as { counts: { done: number; error: number }; runners: unknown[] };
    if (counts.done + counts.error === 6 && runners.length === 0) return;
    if (performance.now() > deadline) throw new Error(`the run does not end: ${stdout}`);
  }
};
