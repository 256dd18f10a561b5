/** JSON that keeps every digit of integers beyond 2^53, which JavaScript reads as numbers that stand for several. */

// In every supported Node, but not yet in TypeScript's library.
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** The value of JSON text; an integer that a number would write with other digits is a bigint. Throws what `JSON.parse` throws. */
export const parseJson = (text: string): unknown =>
  // Fewer digits have no use for it, and without it parsing is several times as fast.
  /\d{16}/.test(text) ? JSON.parse(text, exact as (key: string, value: unknown) => unknown) : JSON.parse(text);

const exact = (_key: string, value: unknown, { source }: { readonly source?: string }): unknown =>
  typeof value === 'number' &&
  !Number.isSafeInteger(value) &&
  source !== undefined &&
  source !== String(value) &&
  /^-?\d+$/.test(source)
    ? BigInt(source)
    : value;

/** A value as JSON text, bigints as the integers they are. */
export const writeJson = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? rawJSON(String(inner)) : inner));

/** Whether a text is JSON. */
export const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
