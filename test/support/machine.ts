import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from '../../src/infrastructure/emissions/machine.ts';

/** A machine on paper: two processors, 16 GB, no counters and no graphics processors unless a test makes some. */
export class PaperMachine implements Machine {
  readonly processors = { model: 'Paper 1', count: 2 };
  readonly memoryBytes = 16 * 1024 ** 3;
  readonly os = 'Paper';
  readonly runtime = 'Node 24.0.0';
  powercap = '/nowhere';
  nvidiaSmi = '/nowhere/nvidia-smi';
  busy = 0;
  own = 8 * 1024 ** 3;

  busySeconds(): number {
    return this.busy;
  }

  ownMemoryBytes(): number {
    return this.own;
  }
}

/** Energy counters in a folder, laid out as Linux does it. */
export class PaperCounters {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Makes one, or sets it. */
  set(domain: string, name: string, microjoules: number, range = 262_143_328_850): void {
    const folder = join(this.folder, domain);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'name'), `${name}\n`);
    writeFileSync(join(folder, 'max_energy_range_uj'), `${range}\n`);
    writeFileSync(join(folder, 'energy_uj'), `${microjoules}\n`);
  }
}

/** A program that says what `nvidia-smi` would; returns its path. */
export const paperNvidiaSmi = (folder: string, ...lines: readonly string[]): string => {
  const file = join(folder, 'nvidia-smi');
  const wanted = '--query-gpu=name,power.draw --format=csv,noheader,nounits';
  writeFileSync(
    file,
    `#!/bin/sh\n[ "$*" = "${wanted}" ] || exit 2\nenv | grep -q TS_EXPERIMENTER && exit 3\ncat <<'END'\n${lines.join('\n')}\nEND\n`,
  );
  chmodSync(file, 0o755);
  return file;
};
