import type { Recorded, Recorder } from '@feedalign/backend';
import { mapTree, numberNow, type TensorTree, tensorsOf } from '@feedalign/core';
import { keep, type Tensor, type TensorInfo, engine as tfjs, Variable } from '@tensorflow/tfjs-core';
import type { Engine } from '../engine.js';
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
  readonly shape: number[];
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
  // A word of the engine's own moves only when the engine starts anew.
  const movable = [...code.addresses.keys()].filter(({ kind }) =>
    ['variable', 'constant', 'engine'].includes(kind),
  );
  const inputs = program.inputs.map((buffer) => arena + (plan.offsets.get(buffer) as number));
  const outputs = new Map<Tensor, Output>(
    tensorsOf(result).map(([, tensor], i) => [tensor, { place: program.outputs[i], shape: tensor.shape }]),
  );

  const isThere = (tensor: Held) => !tensor.isDisposed && backend.dataIdMap.has(tensor.dataId);
  const outsideList = [...new Set(outside.values())];
  const changedList = [...changed];

  return {
    run: (given) => {
      // A backend that was started anew has another memory.
      if ((tfjs().backend as unknown) !== backend || !outsideList.every(isThere)) return undefined;
      for (const variable of changedList) {
        if (backend.refCount(variable.dataId) > 1) engine.kernel(() => engine.owned(variable));
        engine.changes(variable);
      }
      for (const buffer of movable) {
        const address = locate(buffer);
        if (address !== addressOf.get(buffer)) point(buffer, address);
      }
      const bytes = memory.bytes();
      for (let i = 0; i < given.length; i++) {
        const { memoryOffset } = backend.dataIdMap.get(given[i].dataId);
        bytes.copyWithin(inputs[i], memoryOffset, memoryOffset + program.inputs[i].bytes);
      }
      const words = memory.words();
      for (const { word, isFloat, scalar } of code.slots)
        words[(start >>> 2) + word] = wordOf(numberNow(scalar), isFloat);
      engine.replay(start, code.calls, program.local);
      // What was one tensor is one tensor again.
      const copies = new Map<Tensor, Tensor>();
      for (const [tensor, { place, shape }] of outputs) {
        const out: TensorInfo = engine.output(shape);
        const to = backend.dataIdMap.get(out.dataId).memoryOffset;
        const from = locate(place.buffer) + place.offset;
        memory.bytes().copyWithin(to, from, from + bytesOf(out));
        copies.set(tensor, tfjs().makeTensorFromTensorInfo(out));
      }
      return mapTree(result, (tensor) => copies.get(tensor) as Tensor);
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
