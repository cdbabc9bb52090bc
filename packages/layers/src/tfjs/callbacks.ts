import { CustomCallback, type CustomCallbackArgs } from '@tensorflow/tfjs-layers';

/** What `fit` takes for callbacks, whatever its types say of arrays. */
export type Callbacks = CustomCallbackArgs | readonly CustomCallbackArgs[] | undefined;

/** tfjs' own callbacks have a base class that it does not export. */
const Base = Object.getPrototypeOf(CustomCallback);

/**
 * Callbacks of both kinds in any order: tfjs looks at the first of a list and takes all others for its like, so that an
 * EarlyStopping behind an object of functions, or before one, fails in the middle of a run.
 */
export function settledCallbacks(
  callbacks: Callbacks,
  yieldEvery: ConstructorParameters<typeof CustomCallback>[1] | undefined,
): Callbacks {
  if (!Array.isArray(callbacks)) return callbacks;
  return callbacks.map((each) => (each instanceof Base ? each : new CustomCallback(each, yieldEvery)));
}
