import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Value } from '../../../../../src/domain/values/column.ts';
import { CommandTemplate } from '../../../../../src/infrastructure/workers/command/command-template.ts';

const names = { keyfields: ['lr', 'data set'], custom: { path: 'data', deep: { a: [1] } } };
const filled = (command: readonly string[], keyfields: Readonly<Record<string, Value>> = {}) =>
  new CommandTemplate(command, names).argv({ id: 7, attempt: 2, keyfields, custom: names.custom });

test('placeholders are replaced inside elements, which stay what they are', () => {
  const command = [
    'train',
    '--lr={lr}',
    '{data set}',
    '{id}/{attempt}',
    '{custom.path}',
    '{custom.deep}',
    '{{"lr":{lr}}}',
  ];
  expect(filled(command, { lr: 0.5, 'data set': 'a b; rm -rf $(x) {id}' })).toEqual([
    'train',
    '--lr=0.5',
    'a b; rm -rf $(x) {id}',
    '7/2',
    'data',
    '{"a":[1]}',
    '{"lr":0.5}',
  ]);
});

test('every type of value has its text', () => {
  const texts = [null, true, 2n ** 60n, [1, 2n ** 60n], ''].map((lr) => filled(['p', 'x{lr}'], { lr })[1]);
  expect(texts).toEqual(['x', 'xtrue', 'x1152921504606846976', 'x[1,1152921504606846976]', 'x']);
});

test.each([
  [
    ['p', '{epochs}'],
    /command\[1\]: \{epochs\} stands for nothing; there are: \{lr\} \{data set\} \{id\} \{attempt\} \{custom\.path\}/,
  ],
  [['p', '{'], /lone \{/],
  [['p', '{lr'], /lone \{/],
  [['p', '{"a":1}'], /stands for nothing.*write \{\{ and \}\}/],
  [['{lr}'], /which program is started/],
  [[], /the program, is missing/],
  [[''], /the program, is missing/],
])('%j is refused up front', (command, reason) => {
  expect(() => new CommandTemplate(command, names)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(reason) }),
  );
});

test('a value cannot become an option', () => {
  expect(() => filled(['p', '{lr}'], { lr: '--output=/etc/passwd' })).toThrow(
    /reads as an option; write it as --name=\{lr\}/,
  );
  expect(() => filled(['p', '{data set}{lr}'], { lr: '-x', 'data set': '' })).toThrow(/option/);
  expect(filled(['p', '-{lr}', '--', '{lr}'], { lr: '-x' })).toEqual(['p', '--x', '--', '-x']);
});

test('any text arrives unchanged, as one argument', () => {
  fc.assert(
    fc.property(fc.string(), (lr) => {
      expect(filled(['p', '--lr={lr}', 'end'], { lr })).toEqual(['p', `--lr=${lr}`, 'end']);
    }),
  );
});
