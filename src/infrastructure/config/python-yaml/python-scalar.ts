/** A YAML scalar as Python reads it; `float` where Python would have a float, also for `1.0`. */
export interface PythonScalar {
  readonly value: string | number | bigint | boolean | null;
  readonly float: boolean;
}

const nothing = /^(~|null|Null|NULL|)$/;
const yes = /^(yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const no = /^(no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const binary = /^[-+]?0b_*[01][01_]*$/;
const octal = /^[-+]?0_*[0-7][0-7_]*$/;
const decimal = /^[-+]?(0_*|[1-9][0-9_]*)$/;
const hexadecimal = /^[-+]?0x_*[0-9a-fA-F][0-9a-fA-F_]*$/;
const sexagesimal = /^[-+]?([1-9][0-9_]*(:[0-5]?[0-9])+|[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*)$/;
const float = /^([-+]?[0-9][0-9_]*(\.[0-9_]*([eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)|\._*[0-9][0-9_]*([eE][-+][0-9]+)?)$/;
const infinite = /^[-+]?\.(inf|Inf|INF)$/;
const notANumber = /^\.(nan|NaN|NAN)$/;

const whole = (value: PythonScalar['value']): PythonScalar => ({ value, float: false });

/**
 * Reads a scalar without quotes as OmegaConf does, which is YAML 1.1 without timestamps: `yes` is true, `1_000` a
 * thousand, `017` fifteen, `1:30` ninety and `1e-3` a float.
 */
export const pythonScalar = (source: string): PythonScalar => {
  if (nothing.test(source)) return whole(null);
  if (yes.test(source)) return whole(true);
  if (no.test(source)) return whole(false);
  const digits = source.replaceAll('_', '').replace(/^\+/, '');
  if (decimal.test(source)) return whole(integer(digits));
  if (octal.test(source)) return whole(integer(digits.replace(/^(-?)0/, '$10o0')));
  if (binary.test(source) || hexadecimal.test(source)) return whole(integer(digits));
  if (float.test(source)) return { value: Number(digits), float: true };
  if (infinite.test(source)) return { value: source.startsWith('-') ? -Infinity : Infinity, float: true };
  if (notANumber.test(source)) return { value: NaN, float: true };
  if (sexagesimal.test(source)) return { value: base60(digits), float: source.includes('.') };
  return whole(source);
};

/** Reads a scalar that has a tag of YAML's own, such as `!!float 1`; undefined: Python would refuse it. */
export const taggedScalar = (type: string, source: string): PythonScalar | undefined => {
  switch (type) {
    case 'str':
      return whole(source);
    case 'null':
      return whole(null);
    case 'bool':
      return /^(yes|true|on|no|false|off)$/i.test(source) ? whole(/^(yes|true|on)$/i.test(source)) : undefined;
    case 'int':
      return taggedInteger(source.replaceAll('_', '').trim());
    case 'float':
      return taggedFloat(source.replaceAll('_', '').toLowerCase().trim());
    default:
      return undefined;
  }
};

const taggedInteger = (digits: string): PythonScalar | undefined => {
  if (/^[-+]?\d+(:\d+)+$/.test(digits)) return whole(base60(digits.replace('+', '')));
  const read = pythonScalar(digits);
  return ['number', 'bigint'].includes(typeof read.value) && !read.float ? read : undefined;
};

const taggedFloat = (digits: string): PythonScalar | undefined => {
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/.test(digits)) return { value: Number(digits), float: true };
  if (/^[-+]?\.?inf$/.test(digits)) return { value: digits.startsWith('-') ? -Infinity : Infinity, float: true };
  if (/^[-+]?\.?nan$/.test(digits)) return { value: NaN, float: true };
  if (!/^[-+]?\d+\.?\d*(:\d+\.?\d*)+$/.test(digits)) return undefined;
  return { value: base60(digits.replace('+', '')), float: true };
};

const integer = (digits: string): number | bigint => {
  const negative = digits.startsWith('-');
  const exact = BigInt(negative ? digits.slice(1) : digits) * (negative ? -1n : 1n);
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
};

const base60 = (digits: string): number => {
  const size = digits
    .replace('-', '')
    .split(':')
    .reduce((sum, part) => sum * 60 + Number(part), 0);
  return digits.startsWith('-') ? -size : size;
};
