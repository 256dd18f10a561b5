import { describe, expect, it } from 'vitest';
import { errorKind } from '../../../../src/application/analysis/error-kinds.ts';
import { parseColumnType } from '../../../../src/domain/values/column-type.ts';
import { parseDecimal } from '../../../../src/domain/values/decimal.ts';
import { withoutEscapes } from '../../../../src/domain/values/escape-sequences.ts';
import { parseFilter } from '../../../../src/domain/filter/parse-filter.ts';
import { nearestName } from '../../../../src/domain/did-you-mean.ts';
import { shownValue } from '../../../../src/domain/values/refusal.ts';
import { CsvFormat } from '../../../../src/infrastructure/text/csv.ts';
import { jsonText } from '../../../../src/domain/values/value-text.ts';
import { captureStream } from '../../../../src/infrastructure/cli/output/capture-stream.ts';
import { errorLine, tracebackLine } from '../../../../src/domain/experiment/error-line.ts';
import {
  cut,
  displayWidth,
  plain,
  plainLines,
  visibleLines,
  wrapped,
} from '../../../../src/infrastructure/text/terminal-text.ts';
import { seconds } from '../../../../src/infrastructure/config/schema/formats.ts';
import { described, dotted, quoted, visible } from '../../../../src/infrastructure/text/safe-text.ts';
import {
  interpolated,
  InterpolationProblem,
} from '../../../../src/infrastructure/config/pyexperimenter/interpolation.ts';
import { isSecretName, masked } from '../../../../src/infrastructure/text/secrets.ts';
import { htmlText } from '../../../../src/infrastructure/text/html.ts';
import { latexText } from '../../../../src/infrastructure/reporting/tables/latex.ts';
import { markdownText } from '../../../../src/infrastructure/reporting/tables/markdown.ts';
import { CommandTemplate } from '../../../../src/infrastructure/workers/command/command-template.ts';
import { actOnLine } from '../../../../src/infrastructure/workers/command/command-message.ts';
import { refusal } from '../../../support/configurations.ts';

/*
 * A text of a megabyte costs milliseconds, whatever it holds. What looks at it again for each of its characters takes
 * 10^12 steps and more: many minutes, where the deadline is one.
 */

const LENGTH = 1_000_000;
const DEADLINE = 60_000;

const pieces = [
  ...['a', 'A', '1', ' ', '\t', '\n', '\r', '.', ',', ';', ':', '-', '_', '/', '\\', '"', "'", '`', '=', '@', '#', '|'],
  ...['{', '}', '{{', '(', '[', '<', '0', '\u001b', '\u009b', '\u009d', '\u001b]', '\u001b[', '\u001b;?', ';?', '0;'],
  ...[
    '://',
    '://a',
    '://a:',
    'pwd',
    'pwd ',
    'password=',
    'x=',
    'a_',
    '1 , ',
    '1,',
    '/a',
    'a:\\',
    '~/',
    '\r\n',
    '\n at ',
  ],
  ...['\u200b', '\u0301', '模', '\ud800', 'é', '&', '%', '$', 'www.', '--', 'a b ', '`a` ', '0x', 'e1', '{a}'],
];
const beginnings = ['', 'INT', 'DECIMAL(1', '"', '\u001b]', '\u001b', '://a:', '{', "'", '1', 'a@'];
const ends = ['', '!', '@', '\u0007'];

const refusing =
  (use: (text: string) => unknown) =>
  (text: string): unknown => {
    try {
      return use(text);
    } catch (error) {
      expect(error).toHaveProperty('code'); // refused, and no defect
      return undefined;
    }
  };

const csv = new CsvFormat([{ name: 'a', numeric: true }], false);
const studyNames = ['keyfield', 'resultfield'];
const users: Readonly<Record<string, (text: string) => unknown>> = {
  actOnLine: refusing((text) => actOnLine(text, true, {} as Parameters<typeof actOnLine>[2])),
  CommandTemplate: refusing((text) => new CommandTemplate(['x', text], { keyfields: studyNames, custom: {} })),
  csv: (text) => csv.row([text]),
  cut: (text) => cut(text, 80),
  described,
  displayWidth,
  dotted: (text) => dotted([text]),
  errorKind,
  errorLine,
  tracebackLine,
  htmlText,
  interpolated: (text) => {
    try {
      interpolated({ text: `${text}\${oc.env:NONE,b}` }, { environment: {}, refused: () => undefined });
    } catch (error) {
      expect(error).toBeInstanceOf(InterpolationProblem);
    }
  },
  isSecretName,
  jsonText,
  latexText,
  markdownText,
  masked: (text) => masked({ text }),
  nearestName: (text) => nearestName(text, studyNames),
  otherOutput: (text) => {
    const stream = { write: () => true };
    const giveBack = captureStream(stream, () => {});
    for (let at = 0; at < text.length; at += 10) (stream.write as (text: string) => boolean)(text.slice(at, at + 10));
    giveBack();
  },
  parseColumnType: refusing(parseColumnType),
  parseDecimal,
  parseFilter: refusing((text) => parseFilter(text, studyNames)),
  plain,
  plainLines,
  quoted,
  seconds: (text) => seconds().hint?.(text),
  shownValue,
  visible,
  visibleLines,
  withoutEscapes,
  wrapped: (text) => wrapped(text, 80),
};

describe.each(Object.entries(users))('%s of a long text', (_name, use) => {
  it('ends soon, whatever it holds', { timeout: DEADLINE }, () => {
    const long = (piece: string) => piece.repeat(LENGTH / piece.length);
    for (const [at, piece] of pieces.entries())
      use(`${beginnings[at % beginnings.length]}${long(piece)}${ends[at % ends.length]}`);
    for (const beginning of beginnings) for (const piece of [' ', ';?']) use(`${beginning}${long(piece)}!`);
  });
});

it('a configuration of fifty thousand wrong keys is refused soon', { timeout: DEADLINE }, () => {
  const runner = Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`key${at}`, at]));
  const { message } = refusal({ table: { name: 't', keyfields: { seed: { type: 'INT', values: [1] } } }, runner });
  expect(message.split('\n')).toHaveLength(50_000);
});
