import { spawnSync } from 'node:child_process';
import { afterEach, expect, it, vi } from 'vitest';
import {
  childrenTime,
  commandTime,
  moduleTime,
  processTime,
} from '../../../../src/infrastructure/system/processor-time.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Keeps this thread busy until the clock says so. */
const busy = (milliseconds: number): void => {
  for (const begun = performance.now(); performance.now() - begun < milliseconds;);
};

const computed = (): void => {
  for (const begun = process.cpuUsage(); process.cpuUsage(begun).user < 20_000;);
};

it('counts what this thread computes', () => {
  const used = moduleTime();
  const first = used()?.cpuMilliseconds ?? -1;
  computed();
  expect(first).toBeGreaterThanOrEqual(0);
  expect(used()?.cpuMilliseconds).toBeGreaterThan(first);
});

it('counts the time in which the event loop did not wait where Node does not tell', () => {
  vi.stubGlobal('process', Object.create(process, { threadCpuUsage: { value: undefined } }));
  const used = moduleTime();
  busy(20);
  expect(used()?.cpuMilliseconds).toBeGreaterThan(19);
});

it.skipIf(process.platform !== 'linux')(
  'counts programs that have ended, in a process of its own with everything else',
  () => {
    const before = childrenTime() ?? -1;
    const [process_, command] = [processTime(), commandTime()];
    const script = 'for (const begun = process.cpuUsage(); process.cpuUsage(begun).user < 100_000;);';
    expect(spawnSync(process.execPath, ['-e', script]).status).toBe(0);
    const after = childrenTime() ?? -1;
    expect(before).toBeGreaterThanOrEqual(0);
    expect(after - before).toBeGreaterThanOrEqual(90); // counted in hundredths of a second
    expect(process_()?.cpuMilliseconds).toBeGreaterThanOrEqual(after - before);
    expect(command()).toEqual({ cpuMilliseconds: 0, childrenMilliseconds: after });
  },
);
