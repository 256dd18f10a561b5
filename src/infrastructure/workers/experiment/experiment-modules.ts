import { existsSync, readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';
import { codeRoot } from '../../system/code-root.ts';

/* Resolves and loads an experiment's modules where Node's own rules differ from what authors expect. */

const NAME = 'ts-experimenter';
const OWN_INDEX = new URL(`index${extname(new URL(import.meta.url).pathname)}`, codeRoot).href;
/** What other tools try for a name without an extension, or with the extension of the compiled file. */
const ENDINGS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json', '/index.ts', '/index.js'];

let registered = false;

/**
 * For this thread, once: `ts-experimenter` is this package where none is installed beside the study; a missing
 * `./helper` names the file that is there; and a `.ts` or `.js` file with import or export is an ES module also in a
 * folder whose package.json says `"type": "commonjs"`, as `npm init` writes it.
 */
export const registerModuleHooks = (): void => {
  if (registered) return;
  registered = true;
  registerHooks({
    resolve: (specifier, context, next) => {
      try {
        return next(specifier, context);
      } catch (error) {
        if (!isNotFound(error)) throw error;
        if (specifier === NAME) return { url: OWN_INDEX, format: 'module', shortCircuit: true };
        throw withAdvice(error, specifier, context.parentURL);
      }
    },
    load: (url, context, next) => {
      const loaded = next(url, context);
      const format = moduleFormats[loaded.format ?? ''];
      if (format === undefined || !/\.[jt]s$/.test(url) || url.includes('/node_modules/')) return loaded;
      const source = typeof loaded.source === 'string' ? loaded.source : readFileSync(fileURLToPath(url), 'utf8');
      return hasModuleSyntax(source, loaded.format === 'commonjs-typescript') ? { ...loaded, source, format } : loaded;
    },
  });
};

const moduleFormats: Readonly<Record<string, string>> = {
  commonjs: 'module',
  'commonjs-typescript': 'module-typescript',
};

const isNotFound = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error &&
  'code' in error &&
  ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_UNSUPPORTED_DIR_IMPORT'].includes(String(error.code));

const withAdvice = (error: Error & { readonly code: string }, specifier: string, parent: string | undefined): Error => {
  if (!/^\.\.?\//.test(specifier) || !parent?.startsWith('file:')) return error;
  const bases = [specifier.replace(/\/$/, ''), specifier.replace(/\.[cm]?js$/, '')];
  const there = bases
    .flatMap((base) => ENDINGS.map((ending) => base + ending))
    .find((name) => existsSync(new URL(name, parent)));
  if (there === undefined) return error;
  const message = `there is no ${specifier} beside ${fileURLToPath(parent)}; write '${there}': Node wants the file's whole name`;
  const advice = Object.assign(new Error(message), { code: error.code });
  advice.stack = `Error: ${message}`; // its frames are Node's own
  return advice;
};

/** What Node itself takes for a sign of an ES module, where no package.json says anything. */
const MODULE_SYNTAX =
  /^(Cannot use import statement outside a module|Unexpected token 'export'|Cannot use 'import\.meta' outside a module)/;

const hasModuleSyntax = (source: string, typed: boolean): boolean => {
  try {
    compileFunction(typed ? stripped(source) : source, ['exports', 'require', 'module', '__filename', '__dirname']);
    return false;
  } catch (error) {
    return error instanceof SyntaxError && MODULE_SYNTAX.test(error.message); // other errors are reported when it is loaded
  }
};

/** Node strips types of such a file without a warning, but warns when this function is called. */
const stripped = (source: string): string => {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
};
