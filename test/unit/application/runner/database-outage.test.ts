import { expect, it } from 'vitest';
import { DatabaseOutage } from '../../../../src/application/runner/database-outage.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const setup = () => {
  const clock = new ManualClock();
  const lines: string[] = [];
  const say = (line: string) => lines.push(line);
  return { clock, lines, outage: new DatabaseOutage({ debug: say, info: say, warn: say, error: say }, clock) };
};
const away = Object.assign(new Error('error 4999'), { code: 'DATABASE_UNREACHABLE' });

it('is over when everything that failed has succeeded', () => {
  const { outage, lines } = setup();
  expect(outage.failed('claims', away)).toBe(true);
  outage.succeeded('heartbeats');
  expect(outage.failed('commits', away)).toBe(true);
  outage.succeeded('commits');
  expect(lines.length).toBe(1);
  outage.succeeded('claims');
  expect(lines).toEqual([expect.stringContaining('is away'), 'the database is back']);
});

it('is told again and again, but ever more seldom, with the error of that moment', async () => {
  const { outage, lines, clock } = setup();
  for (let seconds = 0; seconds < 24 * 3_600; seconds += 1) {
    outage.failed('commits', away);
    outage.succeeded('heartbeats');
    await clock.advance(1_000);
  }
  const minutes = lines.map((line) => /away for (\d+) minutes/.exec(line)?.[1]);
  expect(minutes.slice(0, 7)).toEqual([undefined, '5', '15', '35', '75', '135', '195']);
  expect(minutes.length).toBeLessThan(30);
  expect(lines.at(-1)).toContain('error 4999');
});

it('is no mistake of ours, no lost right, and no conflict', () => {
  const { outage, lines } = setup();
  for (const code of ['DATABASE_UNSUPPORTED', 'STATE_CONFLICT', 'ER_PARSE_ERROR', undefined])
    expect(outage.failed('claims', Object.assign(new Error('no'), { code }))).toBe(false);
  expect(lines).toEqual([]);
});
