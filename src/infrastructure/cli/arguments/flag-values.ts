import { didYouMean } from '../../../domain/did-you-mean.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import { quoted } from '../../text/safe-text.ts';

/** The command line asks for something that does not exist, or in a wrong way. */
export const usage = (message: string): ExperimenterError => new ExperimenterError('USAGE', message);

/** The word that a flag or an argument gives, one of these. Throws `USAGE`; `more` follows what is allowed. */
export const oneOf = <Word extends string>(flag: string, text: string, words: readonly Word[], more = ''): Word => {
  const word = words.find((each) => each === text);
  if (word !== undefined) return word;
  throw usage(`${flag}: found ${quoted(text)}${didYouMean(text, words)}; allowed ${words.join(', ')}${more}`);
};

/** A number of at least 1 that a flag or an argument gives. Throws `USAGE`. */
export const wholeNumber = (flag: string, text: string): number => {
  const number = /^\d+$/.test(text) ? Number(text) : 0;
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw usage(`${flag}: found ${quoted(text)}; allowed a whole number from 1`);
};

const numberIn = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));

/** Any number. Throws `USAGE`. */
export const anyNumber = (flag: string, text: string): number => {
  const number = numberIn(text);
  if (Number.isFinite(number)) return number;
  throw usage(`${flag}: found ${quoted(text)}; allowed is a number`);
};

/** A number between 0 and 1. Throws `USAGE`. */
export const shareOf = (flag: string, text: string): number => {
  const share = numberIn(text);
  if (share > 0 && share < 1) return share;
  throw usage(`${flag}: found ${quoted(text)}; allowed is a number between 0 and 1`);
};

/** Names separated by commas. */
export const namesOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
