import { outputLost } from './output.js';

/** What ends a command before its time, with the exit code that shells give for it: 128 and the signal's number. */
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Ctrl-C, or a request to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor(readonly exitCode: number) {
    super('Interrupted.');
  }
}

/** Runs `work` with a signal that Ctrl-C sets off, a request to end, or a stdout that takes nothing any more. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const interrupt = new AbortController();
  const handlers = Object.entries(exitCodes).map(
    ([name, code]) => [name, () => interrupt.abort(new Interrupted(code))] as const,
  );
  for (const [name, handler] of handlers) process.once(name, handler);
  try {
    return await work(AbortSignal.any([interrupt.signal, outputLost]));
  } finally {
    for (const [name, handler] of handlers) process.off(name, handler);
  }
}

/** What `work` comes to, without waiting for it once the signal is set off: a server may never answer. */
export async function unlessInterrupted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let stop = () => {};
  const interruption = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work(), interruption]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
