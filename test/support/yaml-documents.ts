import fc from 'fast-check';

const joined = (parts: readonly string[]): string => parts.join('');
const words = (...all: readonly string[]) => fc.constantFrom(...all);

/** Indicators, quotes, line breaks and scalars in any order: most are no YAML, and all must be read or refused. */
const soup = fc.array(
  words('a', 'b', '1', '1.0', '- ', '-', '? ', '?', ': ', ':', ': ', '#', ' #c', '[', ']', '{', '}', ',', ', ', '"', "'", "''", '\\', '\n', '\n', '\n  ', '\n ', '\n    ', ' ', '|', '>', '|-', '>+', '|2', '&a ', '*a', '!!str ', '!!float ', '!!int ', '! ', '<<: ', '<<', 'yes', '~', '---', '...', '%YAML 1.1\n---\n', '.inf', '1e3', '1_0', '0x1F', '017', 'k: ', 'l: ', "'x'", '"y"', '[a]', '{c: d}', '\t', '=', '@', '%', 'é', '😀'),
  { maxLength: 14 },
).map(joined); // prettier-ignore

const scalar = fc.array(words(...'0123456789+-._eExXbBoO:aAfFiInNyYsS~'), { maxLength: 7 }).map(joined);
const scalars = fc.array(scalar, { maxLength: 4 }).map((all) => joined(all.map((one, at) => `k${at}: ${one}\n`)));
const taggable = fc.oneof(fc.integer().map(String), fc.double().map(String), words('017', '0x1F', '1_0', '+1', '.5', '1.', '.inf', '-.Inf', '1:30', 'yes', 'a', '')); // prettier-ignore
const tagged = fc
  .array(fc.tuple(words('!!int', '!!float', '!!bool', '!!null', '!!str', '!'), words('"', ''), taggable), {
    maxLength: 4,
  })
  .map((all) => joined(all.map(([tag, quote, text]) => `- ${tag} ${quote}${text}${quote}\n`)));

const indented = (text: string, by: string): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? line : by + line))
    .join('\n');

const pairs = (
  keys: fc.Arbitrary<string>,
  colons: fc.Arbitrary<string>,
  value: fc.Arbitrary<string>,
  minLength: number,
) => fc.uniqueArray(fc.tuple(keys, colons, value), { minLength, maxLength: 3, selector: ([key]) => key });

const { block, flow } = fc.letrec<{ readonly node: string; readonly flow: string; readonly block: string }>((tie) => ({
  flow: fc.oneof(
    { depthSize: 'small' },
    words('a', '1', "'x'", '"y z"', '!!float 1', '', 'b c', 'a#b', '.inf', '"q\n r"', 'm\n  n', '1e-3'),
    fc
      .tuple(fc.array(tie('flow'), { maxLength: 4 }), words(', ', ',', ',\n', ' ,\n   ', '\n,', '#,\n', ' # c\n, '))
      .map(([items, comma]) => `[${items.join(comma)}]`),
    fc
      .tuple(
        pairs(words('a', 'b', '"c"', "'d'", '1.5', '? e', 'yes'), words(': ', ':', ' : ', ' :'), tie('flow'), 0),
        words(', ', ',\n', '\n ,'),
      )
      .map(([all, comma]) => `{${all.map(joined).join(comma)}}`),
  ),
  block: fc.oneof(
    { depthSize: 'small' },
    fc
      .array(tie('node'), { minLength: 1, maxLength: 3 })
      .map((items) => items.map((item) => `-${item.startsWith('\n') ? '' : ' '}${item}`).join('\n')),
    pairs(
      words('a', 'b', '"c"', "'d'", '1.5', 'on', '&k e', '!!str x', 'f g', '? h\n', '<<'),
      words(': ', ': ', ':', ' : '),
      tie('node'),
      1,
    ).map((all) => all.map(joined).join('\n')),
  ),
  node: fc.oneof(
    { depthSize: 'small' },
    tie('flow'),
    words('|\n  x\n   y\n', '>-\n  x\n  y\n\n  z', '>\n\n    x\n   y\n', 'w\n  v', "'s\nt'", '# c', 'x # c', '&a b', '*a', '&k {a: 1}', '*k', '!!str'), // prettier-ignore
    fc
      .tuple(tie('block'), words('  ', '', ' ', '    '), words('\n', '\n', '&n\n', ' # c\n', ''))
      .map(([text, by, before]) => before + indented(text, by)),
  ),
}));

/** YAML documents of every shape, and texts that are nearly YAML. */
export const yamlDocuments: fc.Arbitrary<string> = fc.oneof(soup, scalars, tagged, block, block, flow);
