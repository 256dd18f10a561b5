import { plain } from './terminal-text.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** A text of our own for an element or a quoted attribute, its line breaks kept. */
export const escaped = (text: string): string => text.replace(/[&<>"'`]/g, (character) => entities[character] ?? '');

/** Any text for an element or a quoted attribute: control characters made visible. */
export const htmlText = (text: string): string => escaped(plain(text));
