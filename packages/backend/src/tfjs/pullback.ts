import {
  add,
  type NamedTensorMap,
  type Tensor,
  Tensor as TensorClass,
  engine as tfjs,
} from '@tensorflow/tfjs-core';

/** A computation with its derivative, transposed: tfjs' autodiff in two halves, with time between them. */
export interface Pullback {
  readonly value: Tensor;
  /** What the way back needs; it has to live until then. */
  readonly saved: readonly Tensor[];
  /**
   * The gradients of ⟨signal, value⟩ by each of `xs`, null where the value does not depend on it. `feedback` stands in
   * for a tensor on the way back: derivatives that multiply by the tensor multiply by its feedback.
   */
  pull(xs: readonly Tensor[], signal: Tensor, feedback?: Feedback): (Tensor | null)[];
}

export interface Feedback {
  readonly of: Tensor;
  readonly by: Tensor;
}

/** One operation on the tape of tfjs' engine, as far as it is used here. */
interface TapeNode {
  readonly kernelName: string;
  readonly inputs: NamedTensorMap;
  readonly outputs: readonly Tensor[];
  readonly saved?: Tensor[];
  gradient?(dys: (Tensor | undefined)[]): Readonly<Record<string, () => Tensor>>;
}

interface Call {
  readonly kernelName: string;
  readonly inputs: NamedTensorMap;
  readonly attributes: object | undefined;
  readonly outputs: readonly Tensor[];
}

/** tfjs' engine, with what it does not say in its types. */
interface Engine {
  readonly state: { activeTape: TapeNode[] | null; gradientDepth: number };
  startTape(): void;
  endTape(): void;
  track(tensor: Tensor): Tensor;
  runKernel(name: string, inputs: NamedTensorMap, attributes?: object): Tensor | Tensor[];
  /** By this it saves what a gradient needs. */
  clone(tensor: Tensor): Tensor;
}

/** What was seen of a computation: its tape, the kernels that were called, and what each clone is a clone of. */
interface Seen {
  readonly tape: readonly TapeNode[];
  readonly calls: readonly Call[];
  readonly originals: ReadonlyMap<number, number>;
}

/**
 * Computes `f` and keeps what its derivative needs, so that a signal which is known only later can go back through it.
 *
 * It is tfjs' own tape and tfjs' own gradient of each kernel. tfjs' `grads` asks for the signal at once; this does not, so
 * that nothing is computed twice, and what was drawn at random on the way stays as it was. Call it in a `tidy`.
 *
 * @example
 * ```ts
 * const { value, pull } = pullback(() => tf.mul(tf.sin(x), w));
 * const [byX, byW] = pull([x, w], tf.onesLike(value));
 * ```
 */
export function pullback(f: () => Tensor): Pullback {
  const engine = tfjs() as unknown as Engine;
  const { value, seen } = watched(engine, f);
  const saved = seen.tape.flatMap((node) => node.saved ?? []);
  // tfjs keeps these until it has gone back; here the scope around frees them.
  for (const tensor of saved) {
    tensor.kept = false;
    engine.track(tensor);
  }
  return {
    value,
    saved,
    pull: (xs, signal, feedback) => {
      const putBack = feedback ? replaced(seen, standIns(engine, seen, feedback)) : () => {};
      try {
        return goBack(seen.tape, xs, value, signal);
      } finally {
        putBack();
      }
    },
  };
}

function watched(engine: Engine, f: () => Tensor): { value: Tensor; seen: Seen } {
  const calls: Call[] = [];
  const originals = new Map<number, number>();
  const restore = [
    wrapped(engine, 'runKernel', (stock) => (kernelName, inputs, attributes) => {
      const outputs = stock.call(engine, kernelName, inputs, attributes);
      calls.push({ kernelName, inputs, attributes, outputs: [outputs].flat() });
      return outputs;
    }),
    wrapped(engine, 'clone', (stock) => (tensor) => {
      const clone = stock.call(engine, tensor);
      originals.set(clone.id, tensor.id);
      return clone;
    }),
  ];
  engine.startTape();
  const before = engine.state.activeTape?.length ?? 0;
  try {
    const value = f();
    return { value, seen: { tape: (engine.state.activeTape ?? []).slice(before), calls, originals } };
  } finally {
    engine.endTape();
    if (engine.state.gradientDepth === 0) engine.state.activeTape = null;
    for (const each of restore) each();
  }
}

/** Puts another function in a method's place; returns what undoes it. */
function wrapped<K extends 'runKernel' | 'clone'>(
  engine: Engine,
  name: K,
  around: (stock: Engine[K]) => Engine[K],
): () => void {
  const own = Object.getOwnPropertyDescriptor(engine, name);
  Object.defineProperty(engine, name, { configurable: true, writable: true, value: around(engine[name]) });
  return () => {
    if (own) Object.defineProperty(engine, name, own);
    else Reflect.deleteProperty(engine, name);
  };
}

/** The signal at each of `xs`, by the gradients of all operations that lead from them to the value. */
function goBack(tape: readonly TapeNode[], xs: readonly Tensor[], value: Tensor, signal: Tensor) {
  const depends = new Set(xs.map(({ id }) => id));
  const nodes = tape.filter(({ inputs, outputs }) => {
    const isOnTheWay = Object.values(inputs).some((input) => depends.has(input?.id));
    if (isOnTheWay) for (const { id } of outputs) depends.add(id);
    return isOnTheWay;
  });
  const signals = new Map<number, Tensor>([[value.id, signal]]);
  for (const { kernelName, inputs, outputs, gradient } of nodes.reverse()) {
    // What is true or false does not change by a little.
    const arrived = outputs.map(({ id, dtype }) => (dtype === 'bool' ? undefined : signals.get(id)));
    if (!arrived.some((each) => each)) continue;
    if (!gradient) throw new Error(`tfjs has no gradient of '${kernelName}'.`);
    const gradients = gradient(arrived);
    for (const [name, input] of Object.entries(inputs)) {
      if (!depends.has(input?.id) || !(name in gradients)) continue;
      const more = gradients[name]();
      const known = signals.get(input.id);
      signals.set(input.id, known ? add(known, more) : more);
    }
  }
  return xs.map(({ id }) => signals.get(id) ?? null);
}

/** What stands in for each tensor that was made of nothing but the one that feedback replaces, by its id. */
function standIns(engine: Engine, { calls }: Seen, { of, by }: Feedback): Map<number, Tensor> {
  const found = new Map([[of.id, by]]);
  for (const { kernelName, inputs, attributes, outputs } of calls) {
    const given = Object.entries(inputs).filter(([, input]) => input instanceof TensorClass);
    if (given.length === 0 || !given.every(([, { id }]) => found.has(id))) continue;
    const mapped = given.map(([name, { id }]) => [name, found.get(id) as Tensor]);
    const made = [engine.runKernel(kernelName, Object.fromEntries(mapped), attributes)].flat();
    made.forEach((tensor, i) => {
      found.set(outputs[i].id, tensor);
    });
  }
  return found;
}

/** Puts feedback where an operation saved what it stands in for; returns what undoes it. */
function replaced({ tape, originals }: Seen, by: ReadonlyMap<number, Tensor>): () => void {
  const changed: (() => void)[] = [];
  for (const { saved = [] } of tape) {
    for (const [i, own] of saved.entries()) {
      const feedback = by.get(originals.get(own.id) ?? own.id);
      if (!feedback) continue;
      saved[i] = feedback;
      changed.push(() => {
        saved[i] = own;
      });
    }
  }
  return () => {
    for (const back of changed) back();
  };
}
