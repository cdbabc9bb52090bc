/** Lets the event loop turn once: timers, signals and the page get their chance. */
const turn: () => Promise<void> =
  typeof setImmediate === 'function'
    ? () => new Promise((resolve) => setImmediate(resolve))
    : () =>
        new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => {
            port1.close();
            resolve();
          };
          port2.postMessage(null);
        });

/**
 * Lets the event loop turn when it has not for `interval` milliseconds. On WASM every step ends in promises that are
 * resolved already, so that without this Ctrl-C would never arrive and a page would freeze.
 */
export function breather(interval = 30): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < interval) return;
    await turn();
    last = performance.now();
  };
}
