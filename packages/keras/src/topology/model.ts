import { isObject, type Json, type JsonObject } from '@feedalign/core/files';

export { isObject, type Json, type JsonObject };

/** An output of a call of a layer: the calls of each layer are counted from 0, those of a nested model too. */
export interface TensorRef {
  readonly kind: 'tensor';
  readonly layer: string;
  readonly call: number;
  readonly output: number;
}

/** What a call is given: a tensor, a constant, or a list of such. */
export type Argument = TensorRef | Json | readonly Argument[] | { readonly [key: string]: Argument };

export interface Call {
  readonly positional: readonly Argument[];
  readonly named: Readonly<Record<string, Argument>>;
}

/** A layer of a Keras model, whichever version wrote it. */
export interface LayerSpec {
  readonly className: string;
  /** Unique in the whole file, nested models included: TensorFlow.js names the weights after it. */
  readonly name: string;
  readonly config: JsonObject;
  readonly calls: readonly Call[];
  /** A bare operation of Keras 3 (`keras.ops`) or TensorFlow (`TFOpLambda`), which Keras shows as a layer. */
  readonly operation?: string;
  /** The layers of a nested model, or of one that `TimeDistributed` repeats. */
  readonly nested?: ModelSpec;
  /** Where the layer's weights are: the names on the way to it as Keras has them, and the path in a `.keras` file. */
  readonly keras: { readonly path: readonly string[]; readonly store: string };
}

export interface ModelSpec {
  readonly kind: 'Functional' | 'Sequential';
  readonly name: string;
  readonly layers: readonly LayerSpec[];
  readonly inputs: readonly TensorRef[];
  readonly outputs: readonly TensorRef[];
}

export const isTensor = (value: unknown): value is TensorRef =>
  isObject(value) && (value as { kind?: unknown }).kind === 'tensor' && typeof value.layer === 'string';

/** Every tensor in an argument, in order. */
export function tensorsIn(argument: Argument | undefined): TensorRef[] {
  if (isTensor(argument)) return [argument];
  if (Array.isArray(argument)) return argument.flatMap(tensorsIn);
  return isObject(argument) ? Object.values(argument).flatMap((value) => tensorsIn(value)) : [];
}

/** The argument with each tensor in it replaced. */
function mapTensors(argument: Argument, change: (tensor: TensorRef) => TensorRef): Argument {
  if (isTensor(argument)) return change(argument);
  if (Array.isArray(argument)) return argument.map((each) => mapTensors(each, change));
  if (!isObject(argument)) return argument;
  return Object.fromEntries(Object.entries(argument).map(([key, value]) => [key, mapTensors(value, change)]));
}

export const mapCall = (call: Call, change: (tensor: TensorRef) => TensorRef): Call => ({
  positional: mapTensors(call.positional, change) as readonly Argument[],
  named: mapTensors(call.named, change) as Record<string, Argument>,
});

export const tensorsOf = (call: Call): TensorRef[] => [
  ...tensorsIn(call.positional),
  ...tensorsIn(call.named as Argument),
];
