import { type Column, type ColumnType, isNumeric, type StoredValue } from './column.ts';
import { textFromStored, toStored } from './stored-value.ts';
import { hasCode } from '../errors.ts';
import { isJson } from './json-column.ts';
import { refusal } from './refusal.ts';

/** A number may be written in another way. Text takes a value as it is, also one that its old column does not allow. */
const isRewritable = (type: ColumnType): boolean => isNumeric(type) || type.kind === 'text';

/**
 * Converts a stored value to a column of another type. Throws `VALUE_REFUSED` if that column does not hold it unchanged.
 * `rewritten`: converted back, it would be written in another way. Example: the text `1.50` becomes 1.5.
 */
export const convertedValue = (
  stored: unknown,
  from: Column,
  to: Column,
): { readonly value: StoredValue; readonly rewritten: boolean } => {
  const value = convert(stored, to);
  const rewritten = !comesBack(stored, value, from);
  if (rewritten && !isRewritable(to.type))
    throw refusal(stored, to, `it would become ${String(value)}, which is not the same`);
  return { value, rewritten };
};

const comesBack = (stored: unknown, value: StoredValue, from: Column): boolean => {
  try {
    return textFromStored(convert(value, from), from) === textFromStored(stored, from);
  } catch (error) {
    if (hasCode(error, 'VALUE_REFUSED')) return false;
    throw error;
  }
};

const convert = (stored: unknown, to: Column): StoredValue => {
  if (typeof stored !== 'string' && typeof stored !== 'number' && typeof stored !== 'bigint')
    throw refusal(stored, to, 'it is no text and no number');
  switch (to.type.kind) {
    case 'json':
      if (!isJson(String(stored))) throw refusal(stored, to, 'it is no JSON');
      return String(stored);
    case 'boolean':
      if (!/^[01]$/.test(String(stored))) throw refusal(stored, to, 'allowed: 1, 0');
      return Number(stored);
    default:
      return toStored(stored, to);
  }
};
