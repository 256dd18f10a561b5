/** Endings of names that say a unit. */
const units: ReadonlyMap<string, string> = new Map([
  ['seconds', 's'],
  ['sec', 's'],
  ['milliseconds', 'ms'],
  ['ms', 'ms'],
  ['minutes', 'min'],
  ['hours', 'h'],
  ['bytes', 'B'],
  ['kilobytes', 'kB'],
  ['megabytes', 'MB'],
  ['mb', 'MB'],
  ['gigabytes', 'GB'],
  ['gb', 'GB'],
  ['percent', '%'],
  ['kwh', 'kWh'],
  ['watts', 'W'],
  ['kg', 'kg'],
]);

/**
 * A field's name for an axis: underscores are spaces, and a unit that ends the name stands in parentheses:
 * `train_seconds` and `trainSeconds` are `train (s)`.
 */
export const axisLabel = (field: string): string => {
  const match = /^(.*[^_])_([a-z]+)$/i.exec(field) ?? /^(.*[a-z\d])([A-Z][a-z]+)$/.exec(field);
  const unit = units.get(match?.[2]?.toLowerCase() ?? '');
  const name = (unit === undefined ? field : (match?.[1] ?? field)).replaceAll('_', ' ');
  return unit === undefined ? name : `${name} (${unit})`;
};
