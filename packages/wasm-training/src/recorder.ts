import type { Recorder, Recording, Replay } from '@feedalign/backend';
import { mapTree, type TensorTree } from '@feedalign/core';
import {
  dispose,
  keep,
  type Tensor,
  type TensorInfo,
  engine as tfjs,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { Call, Engine, Tape } from './engine.js';
import { fused } from './fusion.js';

/** Results of a recorded step are all kept: larger steps gain nothing from it. */
const mostBytes = 1 << 24;

const bytesOf = ({ shape }: { readonly shape: readonly number[] }) =>
  shape.reduce((size, dimension) => size * dimension, 4);

/** A tensor of the same data that outlives every `tidy`. */
function held(engine: Engine, { dataId, shape, dtype }: TensorInfo): Tensor {
  engine.backend.incRef(dataId);
  return keep(tfjs().makeTensorFromTensorInfo({ dataId, shape, dtype }));
}

/** Puts the numbers of one tensor into another of the same shape and type. */
function copyInto(engine: Engine, from: TensorInfo, to: TensorInfo): void {
  const { dataIdMap, wasm } = engine.backend;
  const start = dataIdMap.get(from.dataId).memoryOffset;
  wasm.HEAPU8.copyWithin(dataIdMap.get(to.dataId).memoryOffset, start, start + bytesOf(from));
}

/** A copy with data of its own. */
function copyOf(engine: Engine, tensor: Tensor): Tensor {
  const copy = engine.backend.makeOutput(tensor.shape, tensor.dtype as 'float32' | 'int32');
  copyInto(engine, tensor, copy);
  return keep(tfjs().makeTensorFromTensorInfo(copy));
}

/** Runs `compute`, and tells `refuse` when tfjs itself makes or reads data of this backend meanwhile. */
function watched<T>(engine: Engine, refuse: () => void, compute: () => T): T {
  const { backend } = engine;
  const names = ['write', 'move', 'read', 'readSync'] as const;
  for (const name of names) {
    const stock = backend[name] as (...given: unknown[]) => unknown;
    Object.defineProperty(backend, name, {
      configurable: true,
      value: (...given: unknown[]) => {
        if (!engine.isMaking) refuse();
        return stock.apply(backend, given);
      },
    });
  }
  try {
    return compute();
  } finally {
    for (const name of names) Reflect.deleteProperty(backend, name);
  }
}

/**
 * Records what the engine does as a list of tasks with their arguments, which the assembly runs by itself.
 *
 * All that the step makes is kept, so that each number has the same place in every round. A recording is refused where a
 * kernel of tfjs' own takes part, and is no longer good when a variable got other data, when a clone shares a variable's
 * data that the step changes in place, or when the engine's scratch memory moved.
 */
export const recorderOver = (engine: Engine, mayRecord: () => boolean): Recorder => ({
  begin: (inputs) => (mayRecord() && inputs.every(isPlain) ? begin(engine, inputs) : undefined),
});

const isPlain = ({ dtype }: Tensor) => dtype === 'float32' || dtype === 'int32';

function begin(engine: Engine, given: readonly Tensor[]): Recording {
  const inputs = given.map((input) => copyOf(engine, input));
  const kept: Tensor[] = [...inputs];
  const addresses: number[] = [];
  const stretches: Call[][] = [];
  const made = new Set(inputs.map(({ dataId }) => dataId));
  /** How often kernels asked where a tensor of the step lies, by its address: once to write it. */
  const asked = new Map<number, number>();
  const used = new Map<TensorInfo['dataId'], number>();
  const changed = new Set<Variable>();
  let bytes = 0;
  let isRefused = false;
  const refuse = () => {
    isRefused = true;
  };

  const tape: Tape = {
    called: (call) => stretches.at(-1)?.push(call),
    made: (tensor) => {
      bytes += bytesOf(tensor);
      if (bytes > mostBytes) refuse();
      if (isRefused) return;
      made.add(tensor.dataId);
      kept.push(held(engine, tensor));
    },
    used: ({ dataId }) => {
      const address = engine.backend.dataIdMap.get(dataId).memoryOffset;
      if (made.has(dataId)) asked.set(address, (asked.get(address) ?? 0) + 1);
      else used.set(dataId, address);
    },
    changed: (variable) => changed.add(variable),
    owns: (address) => addresses.push(address),
    refuse,
  };
  const free = () => {
    dispose(kept);
    for (const address of addresses) engine.backend.wasm._free(address);
  };

  return {
    inputs,
    record: (compute) => {
      stretches.push([]);
      return watched(engine, refuse, () => engine.taped(tape, compute));
    },
    hold: <T extends TensorTree>(tree: T): T =>
      mapTree(tree, (tensor) => {
        const copy = held(engine, tensor);
        kept.push(copy);
        asked.set(engine.backend.dataIdMap.get(tensor.dataId).memoryOffset, Number.POSITIVE_INFINITY);
        return copy;
      }),
    finish: () => {
      if (isRefused) {
        free();
        return undefined;
      }
      const variables = Object.values(tfjs().state.registeredVariables);
      const holders = variables.filter(({ dataId }) => used.has(dataId));
      return replayOf(engine, {
        inputs,
        programs: stretches.map((calls) => {
          const isTaken = (address: number) => asked.get(address) !== 2;
          return programOf(engine, fused(engine, calls, isTaken), addresses);
        }),
        isValid: validity(engine, used, holders, [...changed]),
        free,
      });
    },
  };
}

/** Whether everything that a recording was made of is still where it was. */
function validity(
  engine: Engine,
  used: ReadonlyMap<TensorInfo['dataId'], number>,
  holders: readonly Variable[],
  changed: readonly Variable[],
): () => boolean {
  const { backend, layout } = engine;
  const data = holders.map(({ dataId }) => dataId);
  const places = [...used];
  return () =>
    engine.layout === layout &&
    // What another backend took is not asked for: that would bring it back.
    places.every(
      ([dataId, address]) =>
        backend.dataIdMap.has(dataId) && backend.dataIdMap.get(dataId).memoryOffset === address,
    ) &&
    holders.every((variable, i) => variable.dataId === data[i] && !variable.isDisposed) &&
    changed.every(({ dataId }) => backend.refCount(dataId) === 1);
}

interface Program {
  readonly address: number;
  readonly calls: number;
}

/** A list of calls in memory. */
function programOf(engine: Engine, calls: readonly Call[], addresses: number[]): Program {
  const words = calls.flatMap(({ task, parts, words }) => [task, parts, words.length, ...words]);
  const address = engine.allocate(Math.max(4, words.length * 4));
  addresses.push(address);
  const start = (address + 3) & ~3;
  engine.words(start, words.length).set(words);
  return { address: start, calls: calls.length };
}

interface Recorded {
  readonly inputs: readonly Tensor[];
  readonly programs: readonly Program[];
  isValid(): boolean;
  free(): void;
}

const replayOf = (engine: Engine, { inputs, programs, isValid, free }: Recorded): Replay => ({
  begin: (given) => {
    if (!isValid()) return false;
    given.forEach((input, i) => {
      copyInto(engine, input, inputs[i]);
    });
    return true;
  },
  run: (stretch) => engine.replay(programs[stretch].address, programs[stretch].calls),
  dispose: free,
});
