/**
 * A value as JSON on one line, exactly: bigints and -0 are written out as the numbers they are, which JSON.stringify
 * does not do. What JSON has no number for (NaN, infinities) becomes a text and not null.
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
    case 'boolean':
      return JSON.stringify(value);
    default:
      return 'null';
  }
};

const objectText = (value: object): string => {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (value instanceof Date) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => `${JSON.stringify(key)}:${jsonText(item)}`);
  return `{${members.join(',')}}`;
};
