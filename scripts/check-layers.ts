import { readFileSync, globSync } from 'node:fs';
import { join, sep } from 'node:path';
import { folders } from './folders.ts';
import { checkLayers } from './layers.ts';

/* `npm run layers`: the rules of the house over src, and the sizes of its files. Exit code 1 if a rule is broken. */

const LONG = 250;
const root = join(import.meta.dirname, '..');
const paths = globSync('src/**/*.{ts,mts,cts,js,mjs,cjs}', { cwd: root }).map((path) => path.split(sep).join('/'));
const files = new Map(paths.toSorted().map((path) => [path, readFileSync(join(root, path), 'utf8')]));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
};

const violations = checkLayers(
  files,
  new Set([...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)]),
  folders,
);
for (const { file, line, rule, detail } of violations) console.error(`${file}:${line}: ${rule}: ${detail}`);

const sizes = [...files].map(([file, text]) => ({ file, lines: text.trimEnd().split('\n').length }));
for (const { file, lines } of sizes) {
  if (lines > LONG) console.error(`${file}: warning: ${lines} lines: past ${LONG} a file holds two subjects`);
}
const median = sizes.map(({ lines }) => lines).toSorted((a, b) => a - b)[Math.floor(sizes.length / 2)] ?? 0;
console.log(`layers: ${files.size} files, ${violations.length} broken rules, median ${median} lines`);
process.exitCode = violations.length === 0 ? 0 : 1;
