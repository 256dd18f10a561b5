import { expect, it } from 'vitest';
import { shapeOf } from '../../support/json-shape.ts';

it('has a line for each path, with all types that stand there', () => {
  const values = [
    { v: 1, id: 7, status: 'done', big: 1.5, rows: [{ x: 1 }, { x: 'a', more: {} }], none: [], lease: null },
    {
      v: 1,
      id: 8,
      status: 'error',
      outcome: 'it would become 1.5',
      big: null,
      rows: [],
      none: [],
      lease: { host: 'here' },
    },
  ];
  expect(shapeOf(values)).toEqual([
    'big: null | number',
    'id: number',
    'lease.host: string',
    'lease: null',
    'none: []',
    'outcome?: string',
    'rows: []',
    'rows[].more?: {}',
    'rows[].x: number | string',
    'status: "done" | "error"',
    'v: 1',
  ]);
});

it('keeps the events of a run apart, and marks what only some have', () => {
  const events = [
    { event: 'done', id: 1 },
    { event: 'done', id: 2, late: true, usage: { cpu: 'x', of: [] } },
    { event: 'finished' },
  ];
  expect(shapeOf(events)).toEqual([
    '<done>.event: "done"',
    '<done>.id: number',
    '<done>.late?: boolean',
    '<done>.usage.cpu: depends on the machine',
    '<done>.usage.of: []',
    '<done>.usage?: object',
    '<finished>.event: "finished"',
  ]);
});

it.each([[{ b: 1 }], [{ a: 1, b: 1 }], [{}], [{ a: '1' }], [{ a: [1] }], [{ a: { a: 1 } }]])(
  'of {"a":1} is not that of %j',
  (other) => {
    expect(shapeOf([other])).not.toEqual(shapeOf([{ a: 1 }]));
  },
);
