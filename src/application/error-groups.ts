import type { Row, Value } from '../domain/column-type.ts';
import type { StudyDefinition } from '../domain/study.ts';
import { type Explanation, explanationOf, type Shares } from './error-explanation.ts';
import { errorKind } from './error-message.ts';
import { ByValue, valueKey } from './value-counts.ts';

/** Failed experiments whose errors are of one kind. */
export interface ErrorGroup {
  /** See `errorKind`. */
  readonly message: string;
  readonly count: number;
  readonly exampleId: number;
  /** The first line of that one's error. */
  readonly example: string;
  readonly explanation: Explanation | undefined;
}

export interface ErrorReport {
  /** Done, failed and paused experiments that were looked at. */
  readonly ended: number;
  readonly failed: number;
  /** Most frequent first. */
  readonly groups: readonly ErrorGroup[];
  /** Failures of still more kinds: with so many, their messages have little in common. */
  readonly ungrouped: number;
}

/** More kinds than this are not told apart. */
const MOST_KINDS = 1_000;
/** So many kinds, the most frequent, are explained. */
const MOST_EXPLAINED = 20;
/** With more keyfields there are too many pairs. */
const MOST_PAIRED = 12;

/** The fields that `pages` must have, in this order. */
export const errorFields = ({ keyfields }: StudyDefinition): readonly string[] => [
  'ID',
  'status',
  'error',
  ...keyfields.map(({ name }) => name),
];

/** Keyfields and pairs with more values than this explain nothing. */
const MOST_COMBINATIONS = 2_000;

interface Kind {
  readonly message: string;
  readonly exampleId: number;
  readonly example: string;
  count: number;
}

/**
 * Groups failures by their kind and compares the failed with the others that have ended. Reads `pages` twice, in memory
 * that does not grow with the experiments.
 */
export const errorReport = async (
  study: StudyDefinition,
  pages: () => AsyncIterable<readonly (readonly Value[])[]>,
): Promise<ErrorReport> => {
  const kinds = new Map<string, Kind>();
  let [ended, failed, ungrouped] = [0, 0, 0];
  for await (const page of pages()) {
    for (const [id, status, error] of page) {
      ended += 1;
      if (status !== 'error') continue;
      failed += 1;
      const text = typeof error === 'string' ? error : '';
      const message = errorKind(text);
      const kind = kinds.get(message);
      if (kind) kind.count += 1;
      else if (kinds.size >= MOST_KINDS) ungrouped += 1;
      else kinds.set(message, { message, exampleId: Number(id), example: text.split('\n', 1)[0] ?? '', count: 1 });
    }
  }
  const sorted = [...kinds.values()].sort((one, other) => other.count - one.count || one.exampleId - other.exampleId);
  const shares = await sharesOf(study, pages, new Set(sorted.slice(0, MOST_EXPLAINED).map(({ message }) => message)));
  const groups = sorted.map((kind): ErrorGroup => ({
    ...kind,
    explanation: explanationOf(shares(kind.message), ended, kind.count),
  }));
  return { ended, failed, groups, ungrouped };
};

interface Cell {
  values: readonly Value[];
  ended: number;
  readonly failed: Map<string, number>;
}

/** Counts by every keyfield and every pair of them. */
const sharesOf = async (
  study: StudyDefinition,
  pages: () => AsyncIterable<readonly (readonly Value[])[]>,
  kinds: ReadonlySet<string>,
): Promise<(kind: string) => readonly Shares[]> => {
  if (kinds.size === 0) return () => [];
  const names = study.keyfields.map(({ name }) => name);
  const paired = names.length <= MOST_PAIRED ? names : [];
  const pairs = paired.flatMap((one, at) => paired.slice(at + 1).map((other) => [one, other]));
  const sets = [...names.map((name) => [name]), ...pairs];
  const cells = new ByValue<Cell>(
    sets.map((_, at) => String(at)),
    () => ({ values: [], ended: 0, failed: new Map() }),
    MOST_COMBINATIONS,
  );
  for await (const page of pages()) {
    for (const [, status, error, ...values] of page) {
      const row: Row = Object.fromEntries(names.map((name, at) => [name, values[at] ?? null]));
      const kind = status === 'error' ? errorKind(typeof error === 'string' ? error : '') : undefined;
      for (const [at, fields] of sets.entries()) {
        const own = fields.map((name) => row[name] ?? null);
        cells.visitOne(String(at), own.map((value) => typeof value + String(valueKey(value))).join('\0'), (cell) => {
          cell.values = own;
          cell.ended += 1;
          if (kind !== undefined && kinds.has(kind)) cell.failed.set(kind, (cell.failed.get(kind) ?? 0) + 1);
        });
      }
    }
  }
  return (kind) =>
    cells.keyfields().map((at) => ({
      keyfields: sets[Number(at)] ?? [],
      cells: new Map(
        [...cells.of(at)].map(([key, cell]) => [key, { ...cell, failed: cell.failed.get(kind) ?? 0 }] as const),
      ),
    }));
};
