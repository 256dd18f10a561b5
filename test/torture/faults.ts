import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseName } from './place.ts';
import type { Random } from './random.ts';
import { SmallDisk } from './small-disk.ts';

export const faultNames = [
  'kill',
  'stop',
  'term',
  'group',
  'ages',
  'terminal',
  'fatal',
  'ddl',
  'lock',
  'file',
  'disk',
  'server',
  'cut',
  'clock',
] as const;
export type Fault = (typeof faultNames)[number];

/** Faults that need runners of their own kind: a round has one of them at most. */
const shapes = ['group', 'ages', 'terminal'] as const satisfies readonly Fault[];
export type Shape = (typeof shapes)[number];
export const isShape = (fault: Fault): fault is Shape => (shapes as readonly Fault[]).includes(fault);

/** The one of this round; undefined: runners as they are everywhere else. */
export const shapeOf = (random: Random, faults: readonly Fault[]): Shape | undefined => {
  const asked = faults.filter(isShape);
  const others = faults.length > asked.length ? [undefined] : [];
  return asked.length === 0 ? undefined : random.pick([...asked, ...others]);
};

export type Counts = Record<Fault, number>;

export const noneYet = (): Counts => Object.fromEntries(faultNames.map((name) => [name, 0])) as Counts;

/** Those that a database has at all. */
export const faultsOf = (database: DatabaseName): readonly Fault[] => {
  const without: readonly Fault[] = database === 'sqlite' ? ['server', 'cut', 'clock'] : ['file', 'disk'];
  return faultNames.filter((name) => !without.includes(name));
};

/** Why this machine cannot have a fault; undefined: it can. */
export const whyNot = async (fault: Fault): Promise<string | undefined> => {
  if (fault === 'clock') return whyNoClock();
  if (fault === 'group' && !existsSync('/proc/self/task')) return 'only Linux tells what a process has started';
  if (fault === 'terminal') return whyNoTerminal();
  return fault === 'disk' ? whyNoDisk() : undefined;
};

const whyNoClock = (): string | undefined => {
  const found =
    existsSync('/usr/lib') &&
    readdirSync('/usr/lib').some((name) => existsSync(`/usr/lib/${name}/faketime/libfaketimeMT.so.1`));
  return found ? undefined : 'libfaketime is not there, install it: apt-get install faketime';
};

const whyNoTerminal = (): string | undefined => {
  const { error, status } = spawnSync('script', ['-q', '-e', '-c', 'true', '/dev/null'], { stdio: 'ignore' });
  return (error ?? status) ? 'script (util-linux) is not there, which is the terminal' : undefined;
};

const whyNoDisk = async (): Promise<string | undefined> => {
  if (process.getuid?.() !== 0) return 'only root can mount the small disk that is filled';
  const directory = mkdtempSync(join(tmpdir(), 'tsx-disk-'));
  try {
    await SmallDisk.mount(directory).close();
    return undefined;
  } catch (error) {
    return `the small disk that is filled cannot be mounted: ${(error as Error).message.trim()}`;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
