import { dispose } from '@tensorflow/tfjs-core';
import { Callback, CustomCallback, type CustomCallbackArgs, type Logs } from '@tensorflow/tfjs-layers';

/** What `fit` takes for callbacks, whatever its types say of arrays. */
export type Callbacks = CustomCallbackArgs | readonly CustomCallbackArgs[] | null | undefined;

/** tfjs' own callbacks have a base class that it does not export. */
const Base = Object.getPrototypeOf(CustomCallback);

/**
 * Callbacks of both kinds in any order: tfjs looks at the first of a list and takes all others for its like, so that an
 * EarlyStopping behind an object of functions, or before one, fails in the middle of a run.
 *
 * @param first one of ours, that is called before the others
 */
export function withCallback(
  first: Callback,
  callbacks: Callbacks,
  yieldEvery: ConstructorParameters<typeof CustomCallback>[1] | undefined,
): unknown[] {
  // One of tfjs' own lets the page breathe, and is there where none is given.
  const list = Array.isArray(callbacks) ? callbacks : [callbacks ?? {}];
  return [first, ...list.map((each) => (each instanceof Base ? each : new CustomCallback(each, yieldEvery)))];
}

/** Calls `act` when a batch is done; the loop waits for it. */
export class AfterBatch extends Callback {
  constructor(private readonly act: () => Promise<void>) {
    super();
  }
  override async onBatchEnd(_batch: number, logs?: Logs): Promise<void> {
    try {
      await this.act();
    } catch (error) {
      // Those who would have read the loss and the metrics do not come to it.
      dispose(logs as never);
      throw error;
    }
  }
}
