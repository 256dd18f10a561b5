import { cut, displayWidth, padded, plain } from '../../text/terminal-text.ts';

/** A column of a table for people. */
export interface TextColumn {
  readonly name: string;
  /** Numbers stand on the right. */
  readonly right?: boolean;
}

/** So many rows decide how wide the columns are; the rest is cut or juts out. */
const SAMPLE = 200;
/** One long text must not push everything else off the screen. */
const WIDEST = 40;

/**
 * Lines of an aligned table, header first, made safe for a terminal. `width` is the terminal's, to which lines are cut;
 * undefined: nothing is cut, for other programs.
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

/** A small table at once. */
export const aligned = async (
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
): Promise<readonly string[]> => Array.fromAsync(alignedLines(columns, rows, width));

/** That of a terminal that does not know its own: serial lines, `stty cols 0`. */
const USUAL_WIDTH = 80;

/** The width to cut lines of stdout to. */
export const outputWidth = (): number | undefined =>
  process.stdout.isTTY ? process.stdout.columns || USUAL_WIDTH : undefined;
