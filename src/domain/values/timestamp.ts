let second = Number.NaN;
let prefix = '';

/** `YYYY-MM-DD HH:MM:SS.mmm` in UTC: how instants stand in the tables that are ours alone. Keeps the last second's text. */
export const timestamp = (date: Date): string => {
  const milliseconds = date.getTime();
  const whole = Math.floor(milliseconds / 1000);
  if (whole !== second) {
    prefix = `${date.toISOString().slice(0, 19).replace('T', ' ')}.`;
    second = whole;
  }
  return prefix + String(milliseconds - whole * 1000).padStart(3, '0');
};
