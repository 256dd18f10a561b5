import type { Column, StoredValue } from './column.ts';
import { refusal } from './refusal.ts';

const dateAndTime = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s?(Z|[+-]\d\d:\d\d)?)?$/i;
const timeOfDay = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/;

const dates = 'a Date, or text YYYY-MM-DD HH:MM:SS, with an offset or Z if it is not UTC, of a day that exists';

interface Instant {
  /** `YYYY-MM-DD HH:MM:SS` in UTC. */
  readonly text: string;
  /** The digits behind the second, as many as were given. */
  readonly fraction: string;
}

const isTime = (hour: number, minute: number, second: number): boolean => hour < 24 && minute < 60 && second < 60;

const offsetMinutes = (offset: string | undefined): number => {
  if (!offset || offset.toUpperCase() === 'Z') return 0;
  return (offset.startsWith('-') ? -1 : 1) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6)));
};

const isDate = (year: number, month: number, day: number): boolean =>
  month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();

const instantOfDate = (date: Date): Instant => {
  const iso = date.toISOString();
  return { text: iso.slice(0, -5).replace('T', ' '), fraction: iso.slice(-4, -1) };
};

const instantOfText = (value: string): Instant | undefined => {
  const match = dateAndTime.exec(value);
  if (!match) return undefined;
  const [, years = '', months = '', days = '', hours = '00', minutes = '00', seconds = '00', fraction = '', zone] =
    match;
  const [year, month, day, hour, minute, second] = [+years, +months, +days, +hours, +minutes, +seconds];
  const offset = offsetMinutes(zone);
  if (!isDate(year, month, day) || !isTime(hour, minute, second) || Math.abs(offset) > 14 * 60) return undefined;
  if (offset === 0) return { text: `${years}-${months}-${days} ${hours}:${minutes}:${seconds}`, fraction };
  return { ...instantOfDate(new Date(Date.UTC(year, month - 1, day, hour, minute - offset, second))), fraction };
};

/** Undefined if it is no instant of the years 1000 to 9999: the servers hold no others. */
const instantOf = (value: unknown): Instant | undefined => {
  let instant: Instant | undefined;
  if (value instanceof Date) instant = Number.isNaN(value.getTime()) ? undefined : instantOfDate(value);
  else if (typeof value === 'string') instant = instantOfText(value);
  return instant && /^[1-9]\d{3}-/.test(instant.text) ? instant : undefined;
};

const withFraction = (text: string, fraction: string, digits: number): string =>
  digits === 0 ? text : `${text}.${fraction.slice(0, digits).padEnd(digits, '0')}`;

/** UTC text with exactly the column's digits after the second, so that equal instants have equal text on every database. */
export const datetimeToStored = (value: unknown, column: Column): StoredValue => {
  const instant = instantOf(value);
  if (!instant) throw refusal(value, column, `allowed: ${dates}, in the years 1000 to 9999`);
  const { sql, fraction = 0 } = column.type;
  if (sql.startsWith('TIMESTAMP') && (instant.text < '1970-01-01 00:00:01' || instant.text > '2038-01-19 03:14:06')) {
    throw refusal(
      value,
      column,
      'TIMESTAMP ends in 2038; allowed: 1970-01-01 00:00:01 to 2038-01-19 03:14:06, or declare DATETIME',
    );
  }
  return withFraction(instant.text, instant.fraction, fraction);
};

export const dateToStored = (value: unknown, column: Column): StoredValue => {
  const instant = instantOf(value);
  if (!instant) throw refusal(value, column, `allowed: ${dates}, in the years 1000 to 9999`);
  if (!instant.text.endsWith(' 00:00:00') || /[1-9]/.test(instant.fraction)) {
    throw refusal(value, column, 'it has a time of day that DATE would drop; allowed: YYYY-MM-DD, or declare DATETIME');
  }
  return instant.text.slice(0, 10);
};

export const timeToStored = (value: unknown, column: Column): StoredValue => {
  const match = typeof value === 'string' ? timeOfDay.exec(value) : null;
  const [hour = 0, minute = 0, second = 0] = match?.slice(1, 4).map((part) => Number(part ?? 0)) ?? [];
  if (!match || !isTime(hour, minute, second))
    throw refusal(value, column, 'allowed: text HH:MM:SS from 00:00:00 to 23:59:59');
  return withFraction(`${match[1]}:${match[2]}:${match[3] ?? '00'}`, match[4] ?? '', column.type.fraction ?? 0);
};

/** Restores zeros after the second that mysql2 leaves out in some protocols, so that equal instants have equal text. */
export const clockFromStored = (stored: string, column: Column): string => {
  const { fraction = 0 } = column.type;
  // CodeCarbon, and some other programs that write to SQLite, put a T before the time of day.
  const text = stored[10] === 'T' ? `${stored.slice(0, 10)} ${stored.slice(11)}` : stored;
  const match = fraction === 0 ? null : /^(.*:\d\d)(?:\.(\d{1,6}))?$/.exec(text);
  return match ? withFraction(match[1] ?? '', match[2] ?? '', fraction) : text;
};

/** The second that `timestamp` wrote last, and its text. */
let second = Number.NaN;
let prefix = '';

/** `YYYY-MM-DD HH:MM:SS.mmm` in UTC: the form of instants in our own tables. The text of the last second is kept. */
export const timestamp = (date: Date): string => {
  const milliseconds = date.getTime();
  const whole = Math.floor(milliseconds / 1000);
  if (whole !== second) {
    prefix = `${date.toISOString().slice(0, 19).replace('T', ' ')}.`;
    second = whole;
  }
  return prefix + String(milliseconds - whole * 1000).padStart(3, '0');
};

/** The day of the last instant: most instants of a history have the same day as the one before. */
let day = '';
let dayMilliseconds = 0;

const twoDigits = (text: string, at: number): number => text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 528;

/** The milliseconds of an instant `YYYY-MM-DD HH:MM:SS.mmm`, in a tenth of the time of `Date.parse`. */
export const millisecondsOf = (instant: string): number => {
  if (day === '' || !instant.startsWith(day)) {
    day = instant.slice(0, 10);
    dayMilliseconds = Date.parse(day);
  }
  const seconds = (twoDigits(instant, 11) * 60 + twoDigits(instant, 14)) * 60 + twoDigits(instant, 17);
  const fraction = instant.length > 19 ? Math.round(Number(instant.slice(19)) * 1_000) : 0;
  return dayMilliseconds + seconds * 1_000 + fraction;
};
