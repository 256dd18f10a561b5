import { plain } from '../../text/terminal-text.ts';

/**
 * What an experiment said of itself, as people read it: a share of 1 in percent, an object as `epoch=3 loss=0.2`, a mere
 * sign of life as nothing.
 */
export const progressValue = (json: string | null | undefined): string => {
  if (json === null || json === undefined) return '';
  const value = JSON.parse(json) as unknown;
  if (typeof value === 'number' && value >= 0 && value <= 1) return `${Math.floor(value * 100)} %`;
  if (typeof value !== 'object' || value === null) return plain(String(value));
  if (Array.isArray(value)) return plain(json);
  const members = Object.entries(value).filter(([name]) => name !== 'heartbeat');
  return plain(members.map(([name, member]) => `${name}=${memberText(member)}`).join(' '));
};

const memberText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
