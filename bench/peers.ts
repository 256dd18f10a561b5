export const bench = async (): Promise<void> => {};
