// Each pattern stops where another sequence could begin, so that no character is read twice.
const sequences = new RegExp(
  [
    String.raw`(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]`, // colours, cursors, modes
    // titles, links and other texts, up to their end
    String.raw`(?:\u001b[P\]X^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0090\u0098\u009c-\u009f]*(?:\u0007|\u001b\\|\u009c)`,
    String.raw`\u001b[ #%()*+]?[0-9A-Zc=>]`, // character sets, resets
  ].join('|'),
  'g',
);

/** A text without the sequences that drive terminals, in time proportional to its length. */
export const withoutEscapes = (text: string): string => text.replace(sequences, '');
