/**
 * The same pages; while one is used, the server makes the next. An error of that one is thrown when it is asked for. One
 * page more is in memory.
 */
export async function* readAhead<Page>(pages: AsyncIterable<Page>): AsyncIterable<Page> {
  const iterator = pages[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    for (;;) {
      const result = await next;
      if (result.done === true) return;
      next = iterator.next();
      next.catch(() => {}); // thrown above; without a handler until then it would end the process
      yield result.value;
    }
  } finally {
    await iterator.return?.();
  }
}
