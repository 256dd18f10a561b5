import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, machine, release, totalmem, type } from 'node:os';

/** The machine that is measured, and where its figures are read. Tests pass their own. */
export interface Machine {
  readonly processors: Processors;
  readonly memoryBytes: number;
  readonly os: string;
  readonly runtime: string;
  /** The folder of the energy counters. */
  readonly powercap: string;
  /** The program that knows about graphics processors. */
  readonly nvidiaSmi: string;
  /** Seconds that all logical processors together have worked since the machine was started. */
  busySeconds(): number;
  /** Memory of this process and its descendants. */
  ownMemoryBytes(): number;
}

/** This one. */
export const thisMachine = (): Machine => ({
  processors: processors(),
  memoryBytes: totalmem(),
  os: `${type()}-${release()}-${machine()}`,
  runtime: `Node ${process.versions.node}`,
  powercap: '/sys/class/powercap',
  nvidiaSmi: 'nvidia-smi',
  busySeconds,
  ownMemoryBytes: () => treeBytes(process.pid) ?? process.memoryUsage.rss(),
});

const processors = (): Processors => {
  const all = cpus();
  return { model: all[0]?.model.trim() ?? 'unknown', count: all.length || availableParallelism() };
};

const busySeconds = (): number => {
  const total = textOf('/proc/stat')?.split('\n', 1)[0];
  if (total !== undefined) return busySecondsOf(total);
  const milliseconds = cpus().map(({ times }) => times.user + times.nice + times.sys + times.irq);
  return milliseconds.reduce((sum, each) => sum + each, 0) / 1000;
};

/** The first line of proc_stat(5), in hundredths of a second: user, nice, system, idle, iowait, irq, softirq, … */
export const busySecondsOf = (line: string): number => {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) / 100;
};

/** Resident memory of a process and its descendants; undefined where the system does not tell. */
const treeBytes = (pid: number): number | undefined => {
  const kilobytes = /^VmRSS:\s*(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`) ?? '')?.[1];
  if (kilobytes === undefined) return undefined;
  let bytes = Number(kilobytes) * 1024;
  for (const thread of namesIn(`/proc/${pid}/task`)) {
    const children = textOf(`/proc/${pid}/task/${thread}/children`)?.trim() ?? '';
    for (const child of children.split(' ')) if (child !== '') bytes += treeBytes(Number(child)) ?? 0;
  }
  return bytes;
};

/** A process may end while it is read. */
const textOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

/**
 * Watts for each logical processor where nothing better is known: CodeCarbon's `DEFAULT_POWER_PER_CORE`
 * (codecarbon/core/cpu.py). Its table of design powers by model is not taken over: `emissions.cpuWatts` takes the
 * figure of the machine's own data sheet.
 */
const WATTS_PER_THREAD = 4;

/** The machine's processors, known without measuring. */
export interface Processors {
  readonly model: string;
  /** Logical processors. */
  readonly count: number;
}

/** Watts of all processors under full load, and where that is from. */
export interface FullPower {
  readonly watts: number;
  readonly how: string;
}

/** The configured power, or a few watts for each thread. */
export const fullPower = ({ count }: Processors, configured: number | null): FullPower => {
  if (configured !== null) return { watts: configured, how: `model, ${configured} W as configured` };
  const watts = WATTS_PER_THREAD * count;
  return { watts, how: `model, ${WATTS_PER_THREAD} W a thread, ${watts} W` };
};
