import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Row, Value } from '../../../../src/domain/values/column.ts';
import { type Filter, filterText } from '../../../../src/domain/filter/filter.ts';
import { matches } from '../../../../src/domain/filter/matches.ts';
import { hasCode } from '../../../../src/domain/errors.ts';
import { parseFilter } from '../../../../src/domain/filter/parse-filter.ts';

const fields = ['ID', 'kernel', 'gamma', 'seed', 'status', 'order by', 'not', 'ok', 'confusion'];
const parse = (text: string): Filter => parseFilter(text, fields);
const row: Row = {
  ID: 7,
  kernel: 'rbf',
  gamma: 0.1,
  seed: 2n ** 60n,
  status: null,
  'order by': '1.0',
  not: 'in',
  ok: true,
  confusion: [1],
};

const refused = (text: string): string => {
  try {
    parse(text);
  } catch (error) {
    if (!hasCode(error, 'USAGE')) throw error;
    return (error as Error).message;
  }
  throw new Error('accepted');
};

const compare = (field: string, comparison: string, value: Value): unknown => ({
  kind: 'compare',
  field,
  comparison,
  value,
});

describe('parseFilter', () => {
  it.each<[string, unknown]>([
    ['kernel = rbf', compare('kernel', '=', 'rbf')],
    ['id>=10', compare('ID', '>=', 10)],
    ['gamma != 1e-3', compare('gamma', '!=', '1e-3')],
    ['gamma<-0.5', compare('gamma', '<', -0.5)],
    ['seed = 007', compare('seed', '=', '007')],
    ['seed = 9007199254740993', compare('seed', '=', '9007199254740993')],
    ['ok = true', compare('ok', '=', true)],
    ['ok = TRUE', compare('ok', '=', 'TRUE')],
    ['status = NULL', compare('status', '=', null)],
    ["kernel = 'null'", compare('kernel', '=', 'null')],
    [`kernel ~ "it's ""x"" \\"y\\" \\u00e4\\n"`, compare('kernel', '~', 'it\'s "x" "y" ä\n')],
    ["kernel !~ 'it''s'", compare('kernel', '!~', "it's")],
    ['`order by` = 1.0', compare('order by', '=', '1.0')],
    ['`not` = x', compare('not', '=', 'x')],
    ['kernel = 2024-01-01/a:b.c+d', compare('kernel', '=', '2024-01-01/a:b.c+d')],
    ['seed in (1,2 , null)', { kind: 'in', field: 'seed', values: [1, 2, null] }],
    ['seed NOT IN (1)', { kind: 'not', of: { kind: 'in', field: 'seed', values: [1] } }],
    ['not not seed = 1', { kind: 'not', of: { kind: 'not', of: compare('seed', '=', 1) } }],
    [
      'seed = 1 or seed = 2 and not ok = true',
      {
        kind: 'or',
        left: compare('seed', '=', 1),
        right: { kind: 'and', left: compare('seed', '=', 2), right: { kind: 'not', of: compare('ok', '=', true) } },
      },
    ],
    [
      '(seed = 1 OR seed = 2) And ok = true',
      {
        kind: 'and',
        left: { kind: 'or', left: compare('seed', '=', 1), right: compare('seed', '=', 2) },
        right: compare('ok', '=', true),
      },
    ],
  ])('%s', (text, filter) => {
    expect(parse(text)).toEqual(filter);
  });

  it.each<[string, string, number]>([
    ['', 'found the end, expected a field', 0],
    ['kernal = rbf', 'no field kernal (did you mean kernel?); there are ID, kernel, gamma', 0],
    ['kernel rbf', 'found rbf, expected a comparison', 7],
    ['kernel == rbf', 'found =, expected a value', 8],
    ['kernel = ', 'found the end, expected a value', 9],
    ['kernel = and', 'found and, expected a value (quote it if it is text)', 9],
    ['kernel = rbf gamma = 1', 'found gamma, expected and, or, or the end', 13],
    ['(kernel = rbf', 'found the end, expected and, or, or )', 13],
    ['kernel = rbf)', 'found ), expected and, or, or the end', 12],
    ['kernel in rbf', 'found rbf, expected ( and the values', 10],
    ['kernel in ()', 'found ), expected a value', 11],
    ['kernel in (a b)', 'found b, expected , or )', 13],
    ['kernel not = a', 'found =, expected in', 11],
    ["kernel = 'a", "this ' has no end", 9],
    ["kernel = '\\q'", 'no such escape', 10],
    ["kernel = '\\ud800'", 'half of a surrogate pair', 9],
    ["kernel = '\\u0000'", 'NUL', 9],
    ['kernel ! rbf', 'unexpected !', 7],
    ["'kernel' = rbf", 'found "kernel", expected a field', 0],
  ])('refuses %j', (text, words, at) => {
    const [problem = '', shown = '', caret = ''] = refused(text).split('\n');
    expect(problem).toContain(words);
    expect(shown).toBe(`  ${text}`);
    expect(caret).toBe(`  ${' '.repeat(at)}^`);
  });

  it('shows the place in a long expression only, on one line', () => {
    const lines = refused(`${'kernel = a or\n'.repeat(100)}kernal = b${' or kernel = a'.repeat(100)}`).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[1]?.length).toBeLessThan(130);
    expect(lines[1]?.slice((lines[2]?.length ?? 0) - 1)).toMatch(/^kernal/);
  });

  it('has limits, and stays flat below them', () => {
    expect(refused(`kernel = ${'a'.repeat(10_000)}`)).toContain('allowed are at most 10000');
    expect(refused(`${'('.repeat(101)}kernel = a${')'.repeat(101)}`)).toContain('nested more than 100 deep');
    expect(refused('not '.repeat(2000))).toContain('nested more than 100 deep');
    expect(matches(parse(`${'('.repeat(90)}kernel = rbf${')'.repeat(90)}`), row)).toBe(true);
    const depth = (filter: Filter): number =>
      filter.kind === 'and' || filter.kind === 'or' ? 1 + Math.max(depth(filter.left), depth(filter.right)) : 1;
    const long = parse(Array.from({ length: 800 }, (_, index) => `seed=${index}`).join(' or '));
    expect(depth(long)).toBeLessThan(13);
    expect(matches(long, { seed: 799 })).toBe(true);
  });

  it('throws nothing but USAGE, whatever is typed', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'kernel',
        'seed',
        'and',
        'or',
        'not',
        'in',
        '(',
        ')',
        ',',
        '=',
        '!~',
        '<',
        '1',
        "'",
        '"',
        '`',
        '\\',
        'null',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.constantFrom('', ' '), (pieces, space) => {
        try {
          matches(parse(pieces.join(space)), row);
        } catch (error) {
          expect(hasCode(error, 'USAGE')).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('matches', () => {
  it.each<[string, boolean]>([
    ['ID = 7', true],
    ['ID = "7"', true],
    ['ID = 7.0', true],
    ['ID = seven', false],
    ['ID != seven', false],
    ['not ID = seven', false],
    ['ID ~ 7', false],
    ['ID !~ 7', false],
    ['ID in (6, 7)', true],
    ['ID not in (6, 8)', true],
    ['ID not in (6, x)', false],
    ['gamma = 1e-1', true],
    ['gamma > .05', true],
    ['seed = 1152921504606846976', true],
    ['seed = 1152921504606846977', false],
    ['seed < 1152921504606846977', true],
    ['ok = true', true],
    ['ok = 1', true],
    ['ok = "True"', true],
    ['ok > false', true],
    ['ok = yes', false],
    ['kernel = RBF', false],
    ['kernel = "rbf "', false],
    ['kernel ~ b', true],
    ['kernel ~ ""', true],
    ['kernel !~ B', true],
    ['kernel > linear', true],
    ['kernel = 1', false],
    ['`order by` = 1.0', true],
    ['`order by` = 1', false],
    ['status = null', true],
    ['status != null', false],
    ['kernel != null', true],
    ['kernel < null', false],
    ['not kernel < null', false],
    ['status = done', false],
    ['status != done', false],
    ['not status = done', false],
    ['status = done or ID = 7', true],
    ['not (status = done and ID = 8)', true],
    ['status in (done, null)', true],
    ['status not in (done)', false],
    ['kernel in (null)', false],
    ['kernel not in (null)', true],
    ['confusion = 1', false],
    ['confusion != null', true],
  ])('%s: %s', (text, expected) => {
    expect(matches(parse(text), row)).toBe(expected);
  });

  it('takes an absent field for null, even one that JavaScript knows', () => {
    expect(matches(parseFilter('toString = null', ['toString']), {})).toBe(true);
  });

  it('orders text as its UTF-8 bytes are ordered', () => {
    const text = fc.string({ unit: 'binary', maxLength: 4 }).filter((value) => value.isWellFormed());
    const near = fc
      .array(fc.constantFrom('a', '\ue000', '\uffff', '🙂', '🙃', '\u{10ffff}'), { maxLength: 4 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(text, near), fc.oneof(text, near), (one, other) => {
        const bytes = Buffer.compare(Buffer.from(one), Buffer.from(other));
        const is = (comparison: '<' | '=' | '>'): boolean =>
          matches({ kind: 'compare', field: 'kernel', comparison, value: other }, { kernel: one });
        expect([is('<'), is('='), is('>')]).toEqual([bytes < 0, bytes === 0, bytes > 0]);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps De Morgan’s laws, unknowns and all', () => {
    const value = fc.constantFrom<Value>(null, 0, 1, 'a', true);
    const leaf = fc.record({
      kind: fc.constant('compare' as const),
      field: fc.constantFrom('x', 'y'),
      comparison: fc.constantFrom('=' as const, '<' as const, '~' as const),
      value,
    });
    const not = (of: Filter): Filter => ({ kind: 'not', of });
    fc.assert(
      fc.property(leaf, leaf, value, value, (left, right, x, y) => {
        const one = not({ kind: 'and', left, right });
        const other: Filter = { kind: 'or', left: not(left), right: not(right) };
        expect(matches(one, { x, y })).toBe(matches(other, { x, y }));
        expect(matches(not(one), { x, y })).toBe(matches(not(other), { x, y }));
        expect(matches(left, { x, y }) && matches(not(left), { x, y })).toBe(false);
      }),
    );
  });
});

describe('filterText', () => {
  it.each([
    [
      'kernel=rbf and (seed<3 or gamma>=0.9) and status~"CUDA"',
      'kernel = rbf and (seed < 3 or gamma >= 0.9) and status ~ CUDA',
    ],
    ['not (seed=1 or seed=2)', 'not (seed = 1 or seed = 2)'],
    ['not seed in (1, null)', 'not seed in (1, null)'],
    ["kernel = 'it''s \\\\ \\n'", "kernel = 'it''s \\\\ \\u000a'"],
    ["`order by` != '007' and `not` = 'and'", "`order by` != '007' and `not` = 'and'"],
    ["ok = true or ok = 'true'", "ok = true or ok = 'true'"],
  ])('%s', (text, written) => {
    expect(filterText(parse(text))).toBe(written);
  });

  it('is read again as the same filter', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 6 }).filter((text) => text.isWellFormed() && !text.includes('\0')),
      fc.constantFrom<Value>(null, true, false, '1', '1.0', 'null', 'and', '-0', 'a b', '`', "'"),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
    );
    const field = fc.constantFrom(...fields);
    const comparison = fc.constantFrom('=', '!=', '<', '<=', '>', '>=', '~', '!~');
    const leaf: fc.Arbitrary<Filter> = fc.oneof(
      fc.record({ kind: fc.constant('compare' as const), field, comparison, value }),
      fc.record({ kind: fc.constant('in' as const), field, values: fc.array(value, { minLength: 1, maxLength: 3 }) }),
    );
    const tree = fc.letrec<{ filter: Filter }>((tie) => ({
      filter: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), left: tie('filter'), right: tie('filter') }),
        fc.record({ kind: fc.constant('not' as const), of: tie('filter') }),
      ),
    })).filter;
    fc.assert(
      fc.property(leaf, (filter) => {
        expect(parse(filterText(filter))).toEqual(filter);
      }),
      { numRuns: 2_000 },
    );
    // A chain comes back as a balanced tree, which means the same.
    fc.assert(
      fc.property(tree, (filter) => {
        const again = parse(filterText(filter));
        expect(filterText(again)).toBe(filterText(filter));
        expect(matches(again, row)).toBe(matches(filter, row));
      }),
      { numRuns: 2_000 },
    );
  });
});
