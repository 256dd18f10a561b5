/**
 * The directory of this program's code: `src`, or `dist` after the build, in which all files lie side by side. Whatever is
 * found relative to it is found in both.
 */
export const codeRoot = new URL(import.meta.url.replace(/(?:infrastructure\/.*|[^/]*)$/, ''));
