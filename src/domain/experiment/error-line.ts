const header = 'Traceback (most recent call last):';

/** The line that tells an error: the first that is not empty; of a Python traceback the last. */
export const errorLine = (error: string): string => {
  const text = error.trim();
  if (!text.startsWith(header)) return text.split(/\r?\n/, 1)[0] ?? '';
  return text.slice(Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1);
};

/** What the last Python traceback in a text tells; empty: there is none. */
export const tracebackLine = (text: string): string => {
  const [, ...lines] = text.slice(Math.max(0, text.lastIndexOf(header))).split(/\r?\n/);
  return text.includes(header) ? (lines.find((line) => /^\S/.test(line)) ?? '') : '';
};
