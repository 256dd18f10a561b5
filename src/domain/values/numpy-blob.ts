import type { ColumnType } from './column.ts';
import { shortestFloat } from './single-precision.ts';

/**
 * The number in a BLOB: Python's driver for SQLite writes numpy's numbers as their bytes, all but float64. Eight bytes
 * are an integer, four or two a float where the column holds fractions. Undefined: it is no such BLOB.
 */
export const numberInBlob = (bytes: Uint8Array, kind: ColumnType['kind']): number | bigint | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fractions = kind === 'real' || kind === 'decimal';
  if (!fractions && kind !== 'integer' && kind !== 'boolean') return undefined;
  switch (bytes.length) {
    case 8:
      return view.getBigInt64(0, true);
    case 4:
      return fractions ? shortestFloat(view.getFloat32(0, true)) : view.getInt32(0, true);
    case 2:
      return fractions ? undefined : view.getInt16(0, true);
    case 1:
      return view.getInt8(0);
    default:
      return undefined;
  }
};
