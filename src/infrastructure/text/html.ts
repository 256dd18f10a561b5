import { plain } from './terminal-text.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** A text for an element or a quoted attribute. Line breaks and control characters stay. */
export const escaped = (text: string): string => text.replace(/[&<>"'`]/g, (character) => entities[character] ?? '');

/** A text from outside for an element or a quoted attribute: control characters are made visible. */
export const htmlText = (text: string): string => escaped(plain(text));
