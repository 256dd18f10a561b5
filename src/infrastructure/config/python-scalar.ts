/** A plain YAML scalar as Python reads it; `float` where Python would have a float, also for `1.0`. */
export interface PythonScalar {
  readonly value: unknown;
  readonly float: boolean;
}

const nothing = /^(~|null|Null|NULL|)$/;
const yes = /^(yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const no = /^(no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const binary = /^[-+]?0b_*[01][01_]*$/;
const octal = /^[-+]?0[0-7_]+$/;
const decimal = /^[-+]?(0|[1-9][0-9_]*)$/;
const hexadecimal = /^[-+]?0x_*[0-9a-fA-F][0-9a-fA-F_]*$/;
const sexagesimal = /^[-+]?([1-9][0-9_]*(:[0-5]?[0-9])+|[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*)$/;
const float = /^([-+]?[0-9][0-9_]*(\.[0-9_]*([eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)|\._*[0-9][0-9_]*([eE][-+][0-9]+)?)$/;
const infinite = /^[-+]?\.(inf|Inf|INF)$/;
const notANumber = /^\.(nan|NaN|NAN)$/;

/**
 * Reads a scalar without quotes as OmegaConf does, which is YAML 1.1 without timestamps: `yes` is true, `1_000` a
 * thousand, `017` fifteen, `1:30` ninety and `1e-3` a float.
 */
export const pythonScalar = (source: string): PythonScalar => {
  const whole = (value: unknown): PythonScalar => ({ value, float: false });
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
