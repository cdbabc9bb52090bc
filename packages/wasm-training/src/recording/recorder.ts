import type { Recorded, Recorder } from '@feedalign/backend';
import { numberNow, type TensorTree, tensorsOf } from '@feedalign/core';
import { keep, type Tensor, type TensorInfo, engine as tfjs, Variable } from '@tensorflow/tfjs-core';
import type { Engine } from '../engine.js';
import type { TensorData } from '../tfjs/backend.js';
import { watched } from '../tfjs/watch.js';
import { faultsOf } from './check.js';
import { fused } from './fuse.js';
import { type Lowered, lowered, wordOf } from './lower.js';
import { type Plan, planned } from './plan.js';
import { printed } from './print.js';
import type { Buffer, Place, Program } from './program.js';
import { bytesOf, type Held, traced } from './trace.js';

/** A copy with data of its own, which outlives every `tidy`. */
function copyOf({ backend, memory }: Engine, tensor: Tensor): Tensor {
  const copy = backend.makeOutput(tensor.shape, tensor.dtype as 'float32');
  const [from, to] = [tensor, copy].map(({ dataId }) => backend.dataIdMap.get(dataId).memoryOffset);
  memory.bytes().copyWithin(to, from, from + bytesOf(tensor));
  return keep(tfjs().makeTensorFromTensorInfo(copy));
}

const isPlain = ({ dtype }: Tensor) => dtype === 'float32' || dtype === 'int32' || dtype === 'bool';

/** The addresses of variables' data: where an assignment put others, the recording follows. */
const dataNow = () =>
  new Map(Object.values(tfjs().state.registeredVariables).map((variable) => [variable, variable.dataId]));

/**
 * Records what the engine does in a step as a program, and runs it by itself: with other inputs, other slots, and
 * whatever the variables hold then.
 *
 * A step is refused where a kernel of tfjs' own takes part, where numbers are read, or where a variable is assigned.
 */
export const recorderOver = (engine: Engine, mayRecord: () => boolean): Recorder => ({
  record: (given, compute) => {
    if (!mayRecord() || !given.every(isPlain)) return { result: compute(given) };
    const inputs = given.map((input) => copyOf(engine, input));
    const trace = traced(engine, inputs);
    const before = dataNow();
    const dropInputs = () => {
      for (const input of inputs) input.dispose();
    };
    let result: ReturnType<typeof compute>;
    try {
      result = watched(engine, trace.tape.refuse, () => engine.taped(trace.tape, () => compute(inputs)));
    } catch (error) {
      trace.free();
      dropInputs();
      releaseOutside(trace.outside());
      throw error;
    }
    for (const [variable, dataId] of before) {
      if (!variable.isDisposed && variable.dataId !== dataId && !trace.changed.has(variable)) {
        trace.tape.refuse(`the variable '${variable.name}' is assigned`);
      }
    }
    const program = trace.program(tensorsOf(result).map(([, tensor]) => tensor));
    const reason = trace.refused() ?? faultOf(program) ?? strangeResult(result);
    const recorded =
      reason === undefined
        ? started(engine, fused(program), trace.outside(), trace.changed, result)
        : undefined;
    // A result that is an input's own tensor lives on.
    trace.free();
    const results = new Set(tensorsOf(result).map(([, tensor]) => tensor));
    for (const input of inputs) if (!results.has(input)) input.dispose();
    if (!recorded) releaseOutside(trace.outside());
    return { result, recorded, refused: reason };
  },
});

function faultOf(program: Program): string | undefined {
  const [fault] = faultsOf(program);
  return fault && `its program is not right (${fault})`;
}

/** Results are copied out as the numbers that the engine makes. */
function strangeResult(result: TensorTree): string | undefined {
  const found = tensorsOf(result).find(([, { dtype }]) => dtype !== 'float32');
  return found && `a result is of type ${found[1].dtype}`;
}

function releaseOutside(outside: ReadonlyMap<Buffer, Held>): void {
  for (const tensor of outside.values()) if (!(tensor instanceof Variable)) tensor.dispose();
}

/** What a result of a program is, and where it lies. */
interface Output {
  readonly place: Place;
  /** Where it lies, if it never moves. */
  readonly address: number | undefined;
  readonly shape: number[];
  readonly bytes: number;
}

/** A tensor that was there before the step, and where it was in the last run. */
interface Outside {
  /** Undefined where no kernel takes it. */
  readonly buffer: Buffer | undefined;
  readonly tensor: Held;
  readonly isChanged: boolean;
  address: number;
  dataId?: object;
  data?: TensorData;
}

/** A tree of the same form over other tensors: what was one tensor is one tensor again. */
function rebuilder<T extends TensorTree>(tree: T, tensors: readonly Tensor[]): (given: Tensor[]) => T {
  const build = (branch: TensorTree): ((given: Tensor[]) => TensorTree) => {
    if (typeof branch !== 'object' || branch === null) return () => branch;
    const place = tensors.indexOf(branch as Tensor);
    if (place >= 0) return (given) => given[place];
    if (Array.isArray(branch)) {
      const below = branch.map(build);
      return (given) => below.map((each) => each(given));
    }
    const below = Object.entries(branch).map(([key, each]) => [key, build(each as TensorTree)] as const);
    return (given) => {
      const copy: Record<string, TensorTree> = {};
      for (const [key, each] of below) copy[key] = each(given);
      return copy;
    };
  };
  return build(tree) as (given: Tensor[]) => T;
}

/** A program in memory. */
function started<T extends TensorTree>(
  engine: Engine,
  program: Program,
  outside: ReadonlyMap<Buffer, Held>,
  changed: ReadonlySet<Variable>,
  result: T,
): Recorded<T> {
  const { memory, backend } = engine;
  const plan: Plan = planned(program);
  const code: Lowered = lowered(program);
  const arena = memory.allocate(plan.bytes);
  const start = memory.allocate(code.words.length * 4);
  memory.words().set(code.words, start >>> 2);

  const addressOf = new Map<Buffer, number>();
  const locate = (buffer: Buffer): number => {
    if (buffer.kind === 'table') return start;
    if (buffer.kind === 'engine') return engine.halted;
    const tensor = outside.get(buffer);
    if (tensor) return backend.dataIdMap.get(tensor.dataId).memoryOffset;
    return arena + (plan.offsets.get(buffer) as number);
  };
  const point = (buffer: Buffer, address: number) => {
    addressOf.set(buffer, address);
    const words = memory.words();
    for (const { word, offset, from } of code.addresses.get(buffer) ?? []) {
      const base = from ? (addressOf.get(from.buffer) ?? locate(from.buffer)) + from.offset : 0;
      words[(start >>> 2) + word] = address + offset - base;
    }
  };
  for (const buffer of code.addresses.keys()) point(buffer, locate(buffer));
  const buffers = [...code.addresses.keys()];
  const tensors = [...outside].map(
    ([buffer, tensor]): Outside => ({
      buffer: code.addresses.has(buffer) ? buffer : undefined,
      tensor,
      isChanged: tensor instanceof Variable && changed.has(tensor),
      address: addressOf.get(buffer) ?? 0,
    }),
  );
  // A word of the engine's own moves only when the engine starts anew.
  const engineBuffers = buffers.filter(({ kind }) => kind === 'engine');
  const inputs = program.inputs.map((buffer) => arena + (plan.offsets.get(buffer) as number));
  const found = [...new Set(tensorsOf(result).map(([, tensor]) => tensor))];
  const rebuild = rebuilder(result, found);
  const all = tensorsOf(result).map(([, tensor]) => tensor);
  const outputs = found.map((tensor): Output => {
    const place = program.outputs[all.indexOf(tensor)];
    const offset = plan.offsets.get(place.buffer);
    const address = offset === undefined ? undefined : arena + offset + place.offset;
    return { place, address, shape: tensor.shape, bytes: bytesOf(tensor) };
  });

  const copiedOut = ({ place, address, shape, bytes }: Output): Tensor => {
    const out: TensorInfo = engine.output(shape);
    const to = backend.dataIdMap.get(out.dataId).memoryOffset;
    const from = address ?? locate(place.buffer) + place.offset;
    memory.bytes().copyWithin(to, from, from + bytes);
    return tfjs().makeTensorFromTensorInfo(out);
  };
  const isWhereItWas = ({ tensor, isChanged, address, dataId, data }: Outside): boolean =>
    data !== undefined &&
    data.memoryOffset === address &&
    tensor.dataId === dataId &&
    !tensor.isDisposed &&
    (!isChanged || data.refCount === 1);
  /** Finds where it is now; false where it is gone. */
  const isFound = (each: Outside): boolean => {
    const { tensor, isChanged, buffer } = each;
    let data = tensor.isDisposed ? undefined : backend.dataIdMap.data.get(tensor.dataId);
    if (!data) return false;
    if (isChanged && data.refCount > 1) {
      engine.kernel(() => engine.owned(tensor as Variable));
      data = backend.dataIdMap.get(tensor.dataId);
    }
    if (isChanged && each.dataId !== tensor.dataId) engine.changes(tensor);
    each.dataId = tensor.dataId;
    each.data = data;
    if (data.memoryOffset !== each.address) {
      each.address = data.memoryOffset;
      if (buffer) point(buffer, each.address);
    }
    return true;
  };
  /** Sees that all is there and where it is; false where something is gone. */
  const settle = (): boolean => {
    for (const each of tensors) if (!isWhereItWas(each) && !isFound(each)) return false;
    for (const buffer of engineBuffers) {
      if (engine.halted !== addressOf.get(buffer)) point(buffer, engine.halted);
    }
    return true;
  };

  return {
    run: (given) => {
      // A backend that was started anew has another memory.
      if ((tfjs().backend as unknown) !== backend || !settle()) return undefined;
      const bytes = memory.bytes();
      for (let i = 0; i < given.length; i++) {
        const { memoryOffset } =
          backend.dataIdMap.data.get(given[i].dataId) ?? backend.dataIdMap.get(given[i].dataId);
        bytes.copyWithin(inputs[i], memoryOffset, memoryOffset + program.inputs[i].bytes);
      }
      const words = memory.words();
      for (const { word, isFloat, scalar } of code.slots)
        words[(start >>> 2) + word] = wordOf(numberNow(scalar), isFloat);
      engine.replay(start, code.calls, program.local);
      return rebuild(outputs.map(copiedOut));
    },
    printed: () => printed(program),
    dispose: () => {
      if (!backend.wasm) return;
      memory.free(arena);
      memory.free(start);
      releaseOutside(outside);
    },
  };
}
