import type { SettingsSources } from '../sources/settings-sources.ts';
import { isObject, type Path } from '../../text/safe-text.ts';

/**
 * The custom section as JSON can write it, because external commands are given JSON: an integer that only a bigint
 * holds, NaN and infinities are problems, and not null or another number.
 */
export const customOf = (custom: unknown, sources: SettingsSources): Readonly<Record<string, unknown>> => {
  const read = (value: unknown, path: Path): unknown => {
    if (typeof value === 'bigint' && isDouble(value)) return Number(value);
    if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) {
      sources.problems.add(path, String(value), 'a finite number that a double keeps as it is written, or a text');
    }
    if (Array.isArray(value)) return value.map((item, index) => read(item, [...path, String(index)]));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, read(item, [...path, key])]));
  };
  return isObject(custom) ? (read(custom, ['custom']) as Record<string, unknown>) : {};
};

// Exactly, or as JavaScript itself prints the double: 49762573820621690 is what 49762573820621688 looks like.
const isDouble = (value: bigint): boolean => BigInt(Number(value)) === value || String(Number(value)) === String(value);
