const header = 'Traceback (most recent call last):';

/** The line that says what the error is: the first line that is not empty, or the last line of a Python traceback. */
export const errorLine = (error: string): string => {
  const text = error.trim();
  if (!text.startsWith(header)) return text.split(/\r?\n/, 1)[0] ?? '';
  return text.slice(Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1);
};

/** The line of the last Python traceback in a text that says what the error is. Empty: there is no traceback. */
export const tracebackLine = (text: string): string => {
  const [, ...lines] = text.slice(Math.max(0, text.lastIndexOf(header))).split(/\r?\n/);
  return text.includes(header) ? (lines.find((line) => /^\S/.test(line)) ?? '') : '';
};
