import { readFileSync } from 'node:fs';
import { codeRoot } from './code-root.ts';

/** This package's version. */
export const version: string = (
  JSON.parse(readFileSync(new URL('../package.json', codeRoot), 'utf8')) as { version: string }
).version;
