import { errorLine } from '../../domain/experiment/error-line.ts';
import { withoutEscapes } from '../../domain/values/escape-sequences.ts';

/** What differs between two occurrences of the same error, most telling first: what is replaced is not looked at again. */
const particulars: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s'"<>()]+/gi, '<url>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\b0x[0-9a-f]+\b/gi, '<address>'],
  [/(?<![\w<])[a-z]:\\[^\s'"<>|()]+/gi, '<path>'],
  [/(?<![\w<.~/])(?:~|\.{1,2})?(?:\/[\w@%+=.,~-]+){2,}\/?(?::\d+)*/g, '<path>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '<address>'],
  [/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\b/gi, '<id>'],
  [/(?<![\p{L}_<])[-+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?/giu, '<n>'],
];

/**
 * The kind of an error: its first line (of a Python traceback the last), without colours, with numbers, paths, ids and
 * addresses replaced, so that `tried to allocate 64 MiB at 0x7f01` and `… 96 MiB at 0x7f2c` are the same.
 */
export const errorKind = (error: string): string => {
  const telling = errorLine(withoutEscapes(error)).trim().slice(0, 1_000);
  return particulars.reduce((text, [pattern, word]) => text.replace(pattern, word), telling);
};
