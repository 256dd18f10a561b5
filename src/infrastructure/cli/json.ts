/**
 * A value as JSON on one line, exactly: bigints and -0 are written out as the numbers they are, which JSON.stringify
 * does not do. What JSON has no number for (NaN, infinities) becomes a text and not null. Characters that drive a
 * terminal are escaped, in which JSON leaves everybody a choice.
 */
export const jsonText = (value: unknown): string => {
  switch (typeof value) {
    case 'bigint':
      return String(value);
    case 'number':
      if (!Number.isFinite(value)) return JSON.stringify(String(value));
      return Object.is(value, -0) ? '-0' : String(value);
    case 'object':
      return value === null ? 'null' : objectText(value);
    case 'string':
      return textJson(value);
    case 'boolean':
      return String(value);
    default:
      return 'null';
  }
};

/** C1 controls and changes of direction; the other controls are escaped already. */
const driving = /[\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** What stands between the quotation marks as it is. */
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

const textJson = (text: string): string => {
  if (plain.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(
    driving,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
};

const objectText = (value: object): string => {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (value instanceof Date) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => `${textJson(key)}:${jsonText(item)}`);
  return `{${members.join(',')}}`;
};
