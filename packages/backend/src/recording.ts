import { afterStep, duringStep, type TensorTree } from '@feedalign/core';
import { getBackend, type Tensor, util } from '@tensorflow/tfjs-core';

/** A step that an engine runs by itself. */
export interface Recorded<T extends TensorTree = TensorTree> {
  /**
   * Runs the step again, with these inputs, and with slots and variables as they are now: new tensors; undefined, and
   * nothing is done, where something that it was recorded of is gone.
   */
  run(inputs: readonly Tensor[]): T | undefined;
  /** The step as a program, for people to read. */
  printed(): string;
  dispose(): void;
}

/** An engine's way to keep the kernels that a function runs, and to run them again without JavaScript. */
export interface Recorder {
  /** Computes; `recorded` where the engine can do it again by itself, else `refused` may say why not. */
  record<T extends TensorTree>(
    inputs: readonly Tensor[],
    compute: (inputs: readonly Tensor[]) => T,
  ): { readonly result: T; readonly recorded?: Recorded<T>; readonly refused?: string };
}

const recorders = new Map<string, Recorder>();

/** Says how the backend of this name records. */
export const registerRecorder = (backend: string, recorder: Recorder): void => {
  recorders.set(backend, recorder);
};

/** A step that is taken again and again. */
export interface Repeatable {
  /**
   * Takes the step: what `compute` returns, new tensors each time. Where an engine has recorded it, its kernels run again
   * and `compute` is not called.
   *
   * What `compute` does has to follow from its inputs, from variables, from slots, from what was there before the first
   * step and does not change, and from `key`; what else it does has to go through `afterStep`.
   *
   * @param key a word for everything else that it follows from; undefined for a step that is to be computed
   */
  take<T extends TensorTree>(
    inputs: readonly Tensor[],
    key: string | undefined,
    compute: (inputs: readonly Tensor[]) => T,
  ): T;
  /** The recordings as programs for people to read, and for a step that cannot be recorded the reason. */
  explained(): string[];
  /** Frees the recordings. */
  dispose(): void;
}

interface Known {
  attempts: number;
  recorded?: Recorded;
  effects: readonly (() => void)[];
  /** Runs from this recording. */
  runs: number;
  refused?: string;
}

/** By what steps are told apart. */
interface Asked {
  readonly backend: string;
  readonly key: string;
  readonly inputs: readonly Pick<Tensor, 'dtype' | 'shape'>[];
}

function isSameKind(asked: Asked, backend: string, key: string, inputs: readonly Tensor[]): boolean {
  if (asked.key !== key || asked.backend !== backend || asked.inputs.length !== inputs.length) return false;
  for (let i = 0; i < inputs.length; i++) {
    const { dtype, shape } = asked.inputs[i];
    if (dtype !== inputs[i].dtype || !util.arraysEqual(shape, inputs[i].shape)) return false;
  }
  return true;
}

/** Recordings in a row that soon were of no use, after which a step is computed for good. */
const mostAttempts = 8;
/** Runs after which a recording was worth its while. */
const manyRuns = 20;
/** Steps of different kinds that are recorded: batches, the last ones of epochs, phases of a rule. */
const mostKinds = 8;

/**
 * A step whose kernels an engine may run again by itself, without the JavaScript in between, which is most of the time
 * that a small network's step takes. On backends that cannot record, every step is computed.
 *
 * @example
 * ```ts
 * const step = repeatable();
 * const loss = step.take([x, y], '', ([x, y]) => forwardAndUpdate(x, y));
 * ```
 */
export function repeatable(): Repeatable {
  const kinds = new Map<string, Known>();

  const kindOf = (name: string): Known | undefined => {
    const found = kinds.get(name);
    if (found || kinds.size >= mostKinds) return found;
    const known: Known = { attempts: 0, effects: [], runs: 0 };
    kinds.set(name, known);
    return known;
  };
  let last: (Asked & { readonly known: Known | undefined }) | undefined;
  /** The kind of a step that is asked for: most are of the kind of the last one. */
  const kindFor = (backend: string, key: string, inputs: readonly Tensor[]): Known | undefined => {
    if (last && isSameKind(last, backend, key, inputs)) return last.known;
    const kinds = inputs.map(({ dtype, shape }) => ({ dtype, shape }));
    const name = [backend, key, ...kinds.map(({ dtype, shape }) => `${dtype} ${shape}`)].join(' | ');
    last = { backend, key, inputs: kinds, known: kindOf(name) };
    return last.known;
  };
  const forget = (known: Known) => {
    known.recorded?.dispose();
    known.recorded = undefined;
    if (known.runs >= manyRuns) known.attempts = 0;
    known.runs = 0;
  };

  return {
    take: <T extends TensorTree>(
      inputs: readonly Tensor[],
      key: string | undefined,
      compute: (inputs: readonly Tensor[]) => T,
    ): T => {
      const backend = getBackend();
      const recorder = recorders.get(backend);
      const known = recorder && key !== undefined ? kindFor(backend, key, inputs) : undefined;
      if (known?.recorded) {
        const result = known.recorded.run(inputs);
        if (result !== undefined) {
          known.runs++;
          for (const effect of known.effects) afterStep(effect);
          return result as T;
        }
        forget(known);
      }
      const effects: (() => void)[] = [];
      let refused: string | undefined;
      const underWay = {
        effects,
        done: new Set<object>(),
        refuse: () => {
          refused = 'something in it has to be computed each time';
        },
      };
      const computed = (given: readonly Tensor[]) => duringStep(underWay, () => compute(given));
      const mayRecord = recorder && known && known.attempts < mostAttempts;
      if (!mayRecord) {
        const result = computed(inputs);
        for (const effect of effects) afterStep(effect);
        return result;
      }
      known.attempts++;
      const made = recorder.record(inputs, computed);
      for (const effect of effects) afterStep(effect);
      known.refused = refused ?? made.refused;
      if (refused === undefined && made.recorded) {
        known.recorded = made.recorded;
        known.effects = effects;
      } else made.recorded?.dispose();
      return made.result;
    },
    explained: () =>
      [...kinds].map(([name, { recorded, refused }]) =>
        recorded
          ? `${name}\n${recorded.printed()}`
          : `${name}: computed, since ${refused ?? 'it was not taken yet'}`,
      ),
    dispose: () => {
      for (const known of kinds.values()) forget(known);
      kinds.clear();
      last = undefined;
    },
  };
}
