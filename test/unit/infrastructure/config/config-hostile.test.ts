import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { load, minimal, refusal, temporaryFolder } from '../../../support/configurations.ts';

const hostile = fileURLToPath(new URL('../../../fixtures/hostile/', import.meta.url));

/** File → place and words of its refusal. */
const expected: Readonly<Record<string, RegExp>> = {
  'alias-bomb.yml': /^\d+:\d+: more than (100 aliases|200000 values)$/,
  'alias-circle.yml': /^4:\d+: (nested deeper than 64 levels|more than 100 aliases)$/,
  'alias-many.yml': /^6:\d+: more than 100 aliases$/,
  'alias-unknown.yml': /^4:16: an alias \(\*name\) without an anchor/,
  'deep-nesting.json': /^1:77: nested deeper than 64 levels$/,
  'deep-nesting.yml': /^1:\d+: nested deeper than 64 levels$/,
  'duplicate-keys.json': /^2:29: the key "workers" stands here twice in runner$/,
  'duplicate-keys.yml': /^3:3: the key "workers" stands here twice in runner$/,
  'escaped-duplicate.json': /^2:29: the key "workers" stands here twice in runner$/,
  'proto.json': /^1:15: the key "__proto__" is refused/,
  'proto.yml': /^3:5: the key "__proto__" is refused/,
  'constructor.json': /^1:3: the key "constructor" is refused/,
  'prototype.yml': /^1:20: the key "prototype" is refused/,
  'tag.yml': /^4:16: an unknown tag/,
  'binary-tag.yml': /^4:16: an unknown tag/,
  'two-documents.yml': /^4:1: a second document/,
  'yaml-1.1.yml': /^1:1: a %YAML directive of another version/,
  'merge-key.yml': /^6: log\.<<: found an unknown key|^6: log\."<<": found an unknown key/,
  'tabs.yml': /^2:1: a tab as indentation/,
  'control-character-key.json': /^1:15: the key "\\u001b\[2Jwiped" is refused: it contains a control character$/,
  'comment.json': /^2:3: a key in double quotes is expected here \(JSON has no comments; YAML has\)$/,
  'trailing-comma.json': /^2:29: a key in double quotes is expected here \(remove the comma before it\)$/,
  'single-quotes.json': /^1:3: a key in double quotes is expected here \(JSON knows double quotes only\)$/,
  'number-too-large.json': /^1:20: a number too large for a double$/,
  'raw-line-break.json': /^1:20: the rest of a text .* is expected here$/,
  'two-values.json': /^1:4: the end of the file is expected here$/,
  'cut-off.json': /^2:1: the file ends where a value is expected$/,
  'leading-zero.json': /^1:21: "," or "}" is expected here$/,
  'empty.yml': /^ \(root\): found nothing; allowed an object with the keys experiment/,
  'list.json': /^ \(root\): found a list; allowed an object with the keys experiment/,
  'not-utf8.json': /^ found bytes that are not UTF-8; save the file as UTF-8$/,
};

describe('hostile files', () => {
  it('all have an expectation', () => {
    expect(Object.keys(expected).sort()).toEqual(
      readdirSync(hostile)
        .filter((name) => !['README.md', 'payloads', 'bom-crlf.json'].includes(name))
        .sort(),
    );
  });

  it.each(Object.entries(expected))('%s is refused with its place', (name, message) => {
    const error = refusal(join(hostile, name));
    expect(error.code).toBe('CONFIG_INVALID');
    const [first = ''] = error.message.split('\n');
    expect(first.slice(0, hostile.length + name.length + 1)).toBe(`${join(hostile, name)}:`);
    expect(first.slice(hostile.length + name.length + 1)).toMatch(message);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('a byte order mark and Windows line ends are no hostility', () => {
    expect(load(join(hostile, 'bom-crlf.json')).study.table).toBe('t');
  });
});

describe('generated hostility', () => {
  it('a file above 1 MB is refused by its size', () => {
    using folder = temporaryFolder();
    expect(refusal(folder.write('huge.json', `{"custom":{"x":"${'x'.repeat(1_000_000)}"}}`)).message).toMatch(
      /huge\.json: found 1000019 bytes; allowed at most 1000000$/,
    );
  });

  it.each(['json', 'yml'])('20,000 brackets in %s are refused', (extension) => {
    using folder = temporaryFolder();
    expect(refusal(folder.write(`deep.${extension}`, '['.repeat(20_000))).message).toContain(
      'nested deeper than 64 levels',
    );
  });

  it('200,000 values are too many', () => {
    using folder = temporaryFolder();
    expect(refusal(folder.write('wide.json', `{"custom":{"x":[${'1,'.repeat(200_000)}1]}}`)).message).toContain(
      'more than 200000 values',
    );
  });

  it('a text of a megabyte without an end is refused, not crashed over', () => {
    using folder = temporaryFolder();
    expect(refusal(folder.write('text.json', `{"a":"${'a'.repeat(999_000)}`)).message).toMatch(
      /text\.json:1:6: the rest of a text/,
    );
  });

  it('a named pipe is refused without waiting for a writer', () => {
    using folder = temporaryFolder();
    const pipe = join(folder.path, 'pipe.json');
    execFileSync('mkfifo', [pipe]);
    expect(refusal(pipe).message).toContain('found a directory or device; allowed a configuration');
  });

  it('a name cannot rewrite the terminal', () => {
    const error = refusal(minimal({ 'runner\u202e\u009b2J': {}, log: { level: '\u001b[2J' } }));
    expect(error.message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/u);
  });
});
