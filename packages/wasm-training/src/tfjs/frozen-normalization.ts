import { env, serialization } from '@tensorflow/tfjs-core';

/** Whether a frozen BatchNormalization normalizes by the batch's statistics while it trains, and moves its own: as tfjs does. */
export const batchStatisticsFlag = 'WASM_TRAINING_FROZEN_BATCH_STATISTICS';

/** A layer or a model of tfjs-layers, as far as it matters here. */
interface Called {
  readonly trainable: boolean;
  call(inputs: unknown, kwargs: Readonly<Record<string, unknown>>): unknown;
}
type Call = Called['call'];

/** Frozen models that are being called, one within the other. */
let frozenAround = 0;

/** What is put around `call`, by the class' name in tfjs. */
const around: Readonly<Record<string, (stock: Call) => Call>> = {
  BatchNormalization: (stock) =>
    function (this: Called, inputs, kwargs) {
      const isFrozen = !this.trainable || frozenAround > 0;
      const isOwn = kwargs?.training && isFrozen && !env().getBool(batchStatisticsFlag);
      return stock.call(this, inputs, isOwn ? { ...kwargs, training: false } : kwargs);
    },
  Sequential: countingFrozen,
  Functional: countingFrozen,
  Model: countingFrozen,
};

function countingFrozen(stock: Call): Call {
  return function (this: Called, inputs, kwargs) {
    if (this.trainable !== false) return stock.call(this, inputs, kwargs);
    frozenAround++;
    try {
      return stock.call(this, inputs, kwargs);
    } finally {
      frozenAround--;
    }
  };
}

const patched = new WeakSet<object>();

function patch(made: { readonly className?: string; readonly prototype: Called } | undefined): void {
  const name = made?.className ?? '';
  if (!made || !Object.hasOwn(around, name)) return;
  // A model inherits its `call`.
  let owner: Called = made.prototype;
  while (!Object.hasOwn(owner, 'call')) owner = Object.getPrototypeOf(owner);
  if (patched.has(owner)) return;
  patched.add(owner);
  owner.call = around[name](owner.call);
}

/**
 * From here on a BatchNormalization that is frozen, by itself or with a model that it is in, normalizes by its own
 * statistics in training too, and keeps them, as Keras has it since 2.3. tfjs-layers may be loaded before or after: it
 * registers its classes by name.
 */
export function normalizeFrozenByOwnStatistics(): void {
  const { SerializationMap } = serialization;
  const { classNameMap } = SerializationMap.getMap();
  for (const name of Object.keys(around)) patch(classNameMap[name]?.[0] as never);
  const register = SerializationMap.register as (made: unknown) => void;
  SerializationMap.register = (made: unknown) => {
    patch(made as never);
    register.call(SerializationMap, made);
  };
}
