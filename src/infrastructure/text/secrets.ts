import { isObject, withoutUrlPassword } from './safe-text.ts';

/** How the names of secrets end, without their separators and case: `aws_secret_access_key`, `X-Api-Key`, `dbPassword2`. */
const secretName = new RegExp(
  `(${[
    'passw(or)?ds?',
    'pwd',
    'pass(phrase|code)s?',
    'secrets?',
    'token',
    'bearer',
    'auth(orization|entication)?',
    'cookies?',
    'credentials?',
    'creds',
    'dsn',
    'connection(string|uri|url)s?',
    'webhook(url)?',
    '(api|private|access|secret|account|signing|encryption|master|service|ssh|client)keys?',
  ].join('|')})$`,
);

/** Whether a value of this name is a secret, to be never shown and never stored. */
export const isSecretName = (name: string): boolean => secretName.test(name.toLowerCase().replace(/[^\p{L}]/gu, ''));

/**
 * Plain data without its secrets: whatever is called like one, with all that is in it, and passwords within texts. Users
 * keep tokens in `custom`.
 */
export const masked = (value: unknown): unknown => {
  if (typeof value === 'string') return withoutPasswords(value);
  if (Array.isArray(value)) return value.map(masked);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, isSecretName(key) ? hidden(item) : masked(item)]),
  );
};

/** Its shape alone. */
const hidden = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(hidden);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hidden(item)]));
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' ? '[secret]' : value;
};

/** A text without the passwords of URLs (`mysql://me:[secret]@db`) and of connection strings (`Password=[secret];`) in it. */
const withoutPasswords = (text: string): string =>
  text
    .replace(/\S+/g, withoutUrlPassword)
    .replace(/((?:passw(?:or)?d|pwd|token|secret|api_?key)=)[^\s;&"']+/gi, '$1[secret]');
