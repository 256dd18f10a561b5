/** `YYYY-MM-DD HH:MM:SS.mmm` in UTC: how instants stand in the tables that are ours alone. */
export const timestamp = (date: Date): string => date.toISOString().slice(0, 23).replace('T', ' ');
