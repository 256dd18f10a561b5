import { expect, it } from 'vitest';
import { jsonLines, kindsStudy, studyFolder } from '../support/command-line.ts';

it('a run whose SQLite file is removed ends with an error that names the copy of all it has acknowledged', async () => {
  const seeds = Array.from({ length: 12 }, (_, index) => index);
  const study = studyFolder(kindsStudy(['any'], seeds, { experiment: { module: './removes.mjs' } }));
  study.write(
    'removes.mjs',
    `import { rmSync } from 'node:fs';
     import { setTimeout as sleep } from 'node:timers/promises';
     export default async ({ keyfields }) => {
       await sleep(50);
       if (keyfields.seed === 8) rmSync('study.sqlite');
       return { accuracy: keyfields.seed };
     };`,
  );
  const { code, stdout, stderr } = await study.call('run', '--json');
  expect(code).toBe(5);
  const events = jsonLines(stdout);
  const acknowledged = events.filter(({ event }) => event === 'done').map(({ id }) => id);
  expect(acknowledged.length).toBeGreaterThan(0);
  expect(events.some(({ event }) => event === 'finished')).toBe(false);
  const copy = study.files().find((name) => name.startsWith('study.sqlite.rescued-'));
  expect(stderr).toContain(`study.sqlite was removed while it was in use; all that was recorded until then is in `);
  expect(stderr).toContain(copy ?? 'no copy');
  const listed = await study.call('list', '--status', 'done', '--json', '--set', `database.file=./${copy}`);
  const kept = jsonLines(listed.stdout).map((row) => row['ID'] ?? row['id']);
  expect(kept).toEqual(expect.arrayContaining(acknowledged));
});
