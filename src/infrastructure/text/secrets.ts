import { isObject, withoutUrlPassword } from './safe-text.ts';

/** Endings of names of secrets, without separators and case: `aws_secret_access_key`, `X-Api-Key`, `dbPassword2`. */
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

/** Whether a value of this name is a secret, which must not be shown or stored. */
export const isSecretName = (name: string): boolean => secretName.test(name.toLowerCase().replace(/[^\p{L}]/gu, ''));

/**
 * Plain data without secrets: values whose name is that of a secret, with all they contain, and passwords within texts.
 * Users keep tokens in `custom`.
 */
export const masked = (value: unknown): unknown => {
  if (typeof value === 'string') return withoutPasswords(value);
  if (Array.isArray(value)) return value.map(masked);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, isSecretName(key) ? hidden(item) : masked(item)]),
  );
};

/** The value with all texts and numbers hidden. */
const hidden = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(hidden);
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hidden(item)]));
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' ? '[secret]' : value;
};

/**
 * A text without the passwords of URLs (`mysql://me:[secret]@db`) and of connection strings (`Password=[secret];`) in
 * it.
 */
const withoutPasswords = (text: string): string =>
  text
    .replace(/\S+/g, withoutUrlPassword)
    .replace(/((?:passw(?:or)?d|pwd|token|secret|api_?key)=)[^\s;&"']+/gi, '$1[secret]');
