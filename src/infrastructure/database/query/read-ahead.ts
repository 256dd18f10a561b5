/**
 * Yields the same pages, and reads the next page while the current one is used. An error of the next page is thrown
 * when that page is requested. One more page is in memory.
 */
export async function* readAhead<Page>(pages: AsyncIterable<Page>): AsyncIterable<Page> {
  const iterator = pages[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    for (;;) {
      const result = await next;
      if (result.done === true) return;
      next = iterator.next();
      next.catch(() => {}); // `await next` throws it; an unhandled rejection before would end the process
      yield result.value;
    }
  } finally {
    await iterator.return?.();
  }
}
