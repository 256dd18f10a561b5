import { readFileSync } from 'node:fs';

const text = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** The code blocks of README in a language, in order. */
export const readmeBlocks = (language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, code = '']) => code);

/** README's own study, by the names of its files. */
export const readmeStudy = (): Readonly<Record<string, string>> => ({
  'study.json': readmeBlocks('json')[0] ?? '',
  'study.ts': readmeBlocks('ts')[0] ?? '',
});

/** The commands of README's shell blocks, without their comments. */
export const readmeCommands = (): readonly string[] =>
  readmeBlocks('sh')
    .flatMap((block) => block.trimEnd().split('\n'))
    .map((line) => line.replace(/\s+#.*$/, ''));
