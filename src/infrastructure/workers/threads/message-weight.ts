import { rowWeight } from '../../../domain/values/estimated-size.ts';
import type { PortMessage } from './worker-messages.ts';

/** What a message takes in memory, about; counted the same by the worker that posts it and by the main thread that hears it. */
export const messageWeight = (message: PortMessage): number => {
  switch (message.type) {
    case 'logged':
      return rowWeight(message.row);
    case 'reported':
    case 'finished':
      return rowWeight(message.results);
    case 'printed':
    case 'warned':
      return message.text.length;
    default:
      return 64;
  }
};
