/** The mean time of one call in milliseconds, over as many calls as `atLeast` milliseconds take, one at the least. */
export async function timePerRepetition(repeat: () => unknown, atLeast: number): Promise<number> {
  const start = performance.now();
  let count = 0;
  let taken: number;
  do {
    const result = repeat();
    // A promise is waited for; what is synchronous goes on at once.
    if (result instanceof Promise) await result;
    count++;
    taken = performance.now() - start;
  } while (taken < atLeast);
  return taken / count;
}
