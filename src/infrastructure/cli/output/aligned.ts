import { cut, displayWidth, padded, plain } from '../../text/terminal-text.ts';

/** A column of a table for people. */
export interface TextColumn {
  readonly name: string;
  /** Whether the column is aligned right, as numbers are. */
  readonly right?: boolean;
}

/** The first rows that decide the widths of the columns. Longer cells of later rows are cut, or widen their line. */
const SAMPLE = 200;
/** The widest column on a terminal, so that a long text leaves room for the others. */
const WIDEST = 40;

/**
 * Lines of an aligned table, header first, made safe for a terminal. Lines are cut to `width`, the terminal's.
 * Undefined: nothing is cut, for other programs.
 */
export async function* alignedLines(
  columns: readonly TextColumn[],
  rows: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
  width: number | undefined,
): AsyncGenerator<string> {
  const widths = columns.map(({ name }) => displayWidth(plain(name)));
  const last = columns.length - 1;
  const line = (cells: readonly string[]): string => {
    const parts = cells.map((cell, index) => {
      const columnWidth = widths[index] ?? 0;
      const fitting = width === undefined || index === last ? cell : cut(cell, columnWidth);
      return index === last && !columns[index]?.right ? fitting : padded(fitting, columnWidth, columns[index]?.right);
    });
    const text = parts.join('  ').trimEnd();
    return width === undefined ? text : cut(text, width);
  };
  const widen = (cells: readonly string[]): void => {
    for (const [index, cell] of cells.entries()) {
      const wanted = displayWidth(cell);
      widths[index] = Math.max(widths[index] ?? 0, width === undefined ? wanted : Math.min(wanted, WIDEST));
    }
  };

  let sample: (readonly string[])[] | undefined = [];
  const header = columns.map(({ name }) => plain(name));
  for await (const row of rows) {
    const cells = row.map(plain);
    if (sample === undefined) {
      yield line(cells);
      continue;
    }
    widen(cells);
    sample.push(cells);
    if (sample.length < SAMPLE) continue;
    yield* [header, ...sample].map(line);
    sample = undefined;
  }
  if (sample !== undefined) yield* [header, ...sample].map(line);
}

/** The lines of a small table. */
export const aligned = async (
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
): Promise<readonly string[]> => Array.fromAsync(alignedLines(columns, rows, width));

/** The width of a terminal that does not report it: serial lines, `stty cols 0`. */
const USUAL_WIDTH = 80;

/** The width of stdout's terminal; undefined if it is none. */
export const outputWidth = (): number | undefined =>
  process.stdout.isTTY ? process.stdout.columns || USUAL_WIDTH : undefined;
