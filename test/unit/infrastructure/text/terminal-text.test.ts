import { describe, expect, it } from 'vitest';
import { aligned } from '../../../../src/infrastructure/cli/output/aligned.ts';
import { cut, displayWidth, plain, plainLines } from '../../../../src/infrastructure/text/terminal-text.ts';

describe('text for terminals', () => {
  it('cannot drive one', () => {
    expect(plain('a\u001b[2Jb\u001b]0;title\u0007c\nd\te')).toBe('abc d e');
    expect(plain('\u202etxt\u009b31m')).not.toMatch(/[\u0080-\u009f\u202e]/);
    expect(plainLines('a\u001b[31m\r\n\tb')).toBe('a\n  b');
  });

  it('is measured and cut by columns', () => {
    expect(displayWidth('aé日本🎉e\u0301')).toBe(9);
    expect([cut('hello', 5), cut('hello', 4), cut('日本語', 4), cut('x', 0)]).toEqual(['hello', 'hel…', '日…', '']);
    expect(cut('x'.repeat(1_000_000), 3)).toBe('xx…');
  });

  it('is aligned and fitted to the terminal', async () => {
    const columns = [{ name: 'ID', right: true }, { name: 'kernel' }, { name: 'error' }];
    const rows = [
      ['1', 'rbf', ''],
      ['10', 'poly\u001b[2J', 'Error: x'],
    ];
    expect(await aligned(columns, rows, undefined)).toEqual(['ID  kernel  error', ' 1  rbf', '10  poly    Error: x']);
    expect(await aligned(columns, rows, 15)).toEqual(['ID  kernel  er…', ' 1  rbf', '10  poly    Er…']);
    expect(await aligned(columns, [], 80)).toEqual(['ID  kernel  error']);
    const many = await aligned(
      [{ name: 'n' }, { name: 'm' }],
      Array.from({ length: 500 }, (_, n) => [String(n), 'x'.repeat(100)]),
      50,
    );
    expect(many).toHaveLength(501);
    expect(Math.max(...many.map((line) => line.length))).toBe(50);
  });
});
