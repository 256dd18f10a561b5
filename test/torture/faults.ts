import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseName } from './place.ts';
import { SmallDisk } from './small-disk.ts';

export const faultNames = ['kill', 'stop', 'term', 'server', 'cut', 'clock', 'disk'] as const;
export type Fault = (typeof faultNames)[number];

export type Counts = Record<Fault, number>;

export const noneYet = (): Counts => ({ kill: 0, stop: 0, term: 0, server: 0, cut: 0, clock: 0, disk: 0 });

/** Those that a database has at all. */
export const faultsOf = (database: DatabaseName): readonly Fault[] =>
  database === 'sqlite' ? ['kill', 'stop', 'term', 'disk'] : ['kill', 'stop', 'term', 'server', 'cut', 'clock'];

/** Why this machine cannot have a fault; undefined: it can. */
export const whyNot = async (fault: Fault): Promise<string | undefined> => {
  if (fault === 'clock') return whyNoClock();
  return fault === 'disk' ? whyNoDisk() : undefined;
};

const whyNoClock = (): string | undefined => {
  const found =
    existsSync('/usr/lib') &&
    readdirSync('/usr/lib').some((name) => existsSync(`/usr/lib/${name}/faketime/libfaketimeMT.so.1`));
  return found ? undefined : 'libfaketime is not there, install it: apt-get install faketime';
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
