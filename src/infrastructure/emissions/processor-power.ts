import { readFileSync } from 'node:fs';

/**
 * Watts for each logical processor where nothing better is known: CodeCarbon's `DEFAULT_POWER_PER_CORE`
 * (codecarbon/core/cpu.py).
 */
const WATTS_PER_THREAD = 4;

/** What there is to know of the machine's processors without measuring. */
export interface Processors {
  readonly model: string;
  /** Logical processors. */
  readonly count: number;
  /** Packages of that model. */
  readonly sockets: number;
  /** It is a virtual machine, which has a part of a processor: its model's power says nothing about that part. */
  readonly virtual: boolean;
}

/** Watts of all processors under full load, and where that is from. */
export interface FullPower {
  readonly watts: number;
  readonly how: string;
}

/** The configuration's word, the thermal design power of the model, or a few watts a thread, in this order. */
export const fullPower = (
  processors: Processors,
  configured: number | null,
  table: () => ReadonlyMap<string, number> = designPowers,
): FullPower => {
  if (configured !== null) return { watts: configured, how: `model, ${configured} W as configured` };
  const { model, count, sockets, virtual } = processors;
  const each = virtual ? undefined : designPower(model, table());
  if (each !== undefined) return { watts: each * sockets, how: `model, TDP ${each * sockets} W` };
  const watts = WATTS_PER_THREAD * count;
  return { watts, how: `model, ${WATTS_PER_THREAD} W a thread, ${watts} W` };
};

/**
 * The watts of the longest name whose every word is in the model's, so that "Intel(R) Xeon(R) CPU E5-2670 v3 @ 2.30GHz"
 * is an "Intel Xeon E5-2670 v3" and no "Intel Xeon E5-2670". Undefined if none is, or the longest ones differ in watts.
 */
export const designPower = (model: string, table: ReadonlyMap<string, number>): number | undefined => {
  const words = new Set(wordsOf(model));
  let longest = 1; // a single word may be anything
  let watts = new Set<number>();
  for (const [name, power] of table) {
    const own = wordsOf(name);
    if (own.length < longest || own.length === 1 || !own.every((word) => words.has(word))) continue;
    if (own.length > longest) watts = new Set();
    longest = own.length;
    watts.add(power);
  }
  const [only] = watts;
  return watts.size === 1 ? only : undefined;
};

const wordsOf = (model: string): readonly string[] =>
  model
    .toLowerCase()
    .replaceAll(/\((r|tm|c)\)|[®™]/g, ' ')
    .replaceAll(/ @ .*$/g, '')
    .split(/[\s,"]+/)
    .filter((word) => word !== '' && word !== 'cpu' && word !== 'processor');

/** data/cpu-power.csv: a name and its watts on each line, under a header. */
const designPowers = (): ReadonlyMap<string, number> => {
  const text = readFileSync(new URL('../../../data/cpu-power.csv', import.meta.url), 'utf8');
  const table = new Map<string, number>();
  for (const line of text.split(/\r?\n/).slice(1)) {
    const comma = line.lastIndexOf(',');
    const watts = Number(line.slice(comma + 1));
    if (comma > 0 && watts > 0) table.set(line.slice(0, comma), watts);
  }
  return table;
};
