import { numberNow } from '@feedalign/core';
import { keep, type Tensor, type TensorInfo, engine as tfjs, type Variable } from '@tensorflow/tfjs-core';
import type { Engine, TableAddresses } from '../engine.js';
import {
  type Argument,
  type Buffer,
  type Operation,
  type Place,
  type Pointer,
  type Program,
  rowOf,
  type Table,
} from './program.js';
import type { Call, Tape } from './tape.js';

/** Bytes of all that a step makes above which nothing is gained by recording it. */
const mostBytes = 1 << 24;

const bytesPerElement: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1 };
export const bytesOf = ({ shape, dtype }: Pick<TensorInfo, 'shape' | 'dtype'>): number =>
  shape.reduce((size, dimension) => size * dimension, bytesPerElement[dtype]);

/** What was learned of a step while it was taken once. */
export interface Trace {
  readonly tape: Tape;
  /** Why the step cannot be repeated; undefined where it can. */
  readonly refused: () => string | undefined;
  /** The program, with these tensors as its results. */
  program(outputs: readonly Tensor[]): Program;
  /** Tensors that the program takes from outside, beside its inputs, each with its buffer. */
  readonly outside: () => ReadonlyMap<Buffer, Held>;
  readonly changed: ReadonlySet<Variable>;
  /** Frees what the trace held, but for what came from outside. */
  free(): void;
}

/** A tensor that stands for the data of another, however long that one lives. */
export type Held = Tensor;

/** A tensor of the same data that outlives every `tidy`. */
function held(engine: Engine, { dataId, shape, dtype }: TensorInfo): Tensor {
  engine.backend.incRef(dataId);
  return keep(tfjs().makeTensorFromTensorInfo({ dataId, shape, dtype }));
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly buffer: Buffer;
}

/**
 * Follows the engine through one step, over `inputs` that are the program's own. Everything that the step makes is kept
 * meanwhile, so that an address says which buffer is meant.
 */
export function traced(engine: Engine, inputs: readonly Tensor[]): Trace {
  const { memory, backend } = engine;
  const ranges: Range[] = [];
  const byAddress = new Map<number, Range>();
  const byData = new Map<object, Buffer>();
  const outside = new Map<Buffer, Held>();
  const kept: Tensor[] = [];
  const scratches: number[] = [];
  const tables = new Map<Buffer, Table>();
  const operations: Operation[] = [];
  const changed = new Set<Variable>();
  let made = 0;
  let local = 0;
  let reason: string | undefined;
  const refuse = (why: string) => {
    reason ??= why;
  };

  const add = (kind: Buffer['kind'], name: string, start: number, bytes: number): Buffer => {
    const buffer: Buffer = { id: ranges.length, kind, bytes, name };
    const range = { start, end: start + bytes, buffer };
    ranges.push(range);
    byAddress.set(start, range);
    return buffer;
  };
  /** The place that an address means; undefined for none. */
  const placeAt = (address: number): Place | undefined => {
    const exact = byAddress.get(address);
    if (exact) return { buffer: exact.buffer, offset: 0 };
    const range = ranges.findLast(({ start, end }) => start <= address && address < end);
    return range && { buffer: range.buffer, offset: address - range.start };
  };
  const lifted = (call: Call): Argument[] => {
    const { kinds } = rowOf(call.kernel);
    return call.given.map((value, i) => {
      if (kinds[i] === 'f32' || kinds[i] === 'i32') return value;
      const address = numberNow(value) >>> 0;
      if (address === 0) return 0;
      const place = placeAt(address);
      if (!place) refuse(`the kernel '${call.kernel}' takes an address that nobody knows`);
      return place ?? 0;
    });
  };

  const tape: Tape = {
    called: (call) => {
      if (reason) return;
      operations.push({
        kernel: call.kernel,
        parts: call.parts,
        given: lifted(call),
        isChanging: call.isChanging,
      });
    },
    made: (tensor, address) => {
      made += bytesOf(tensor);
      if (made > mostBytes) refuse('it is so large that recording it gains nothing');
      if (reason) return;
      kept.push(held(engine, tensor));
      byData.set(tensor.dataId, add('temporary', `tensor[${tensor.shape}]`, address, bytesOf(tensor)));
    },
    used: (tensor, address) => {
      if (reason || byData.has(tensor.dataId)) return;
      const holders = Object.values(tfjs().state.registeredVariables).filter(
        ({ dataId }) => dataId === tensor.dataId,
      );
      if (holders.length > 1)
        return refuse(`the variables ${holders.map(({ name }) => name).join(', ')} share their data`);
      const [variable] = holders;
      const kind = variable ? 'variable' : 'constant';
      const buffer = add(kind, variable?.name ?? `constant[${tensor.shape}]`, address, bytesOf(tensor));
      byData.set(tensor.dataId, buffer);
      outside.set(buffer, variable ?? held(engine, tensor));
    },
    changed: (variable) => changed.add(variable),
    scratch: (use, bytes) => {
      const address = memory.allocate(bytes);
      scratches.push(address);
      made += bytes;
      if (made > mostBytes) refuse('it is so large that recording it gains nothing');
      add(use === 'table' || use === 'finish' ? 'table' : 'temporary', use, address, bytes);
      return address;
    },
    table: (address, count, addresses, scalars = {}) => {
      if (reason) return;
      const { buffer } = placeAt(address) as Place;
      const words = memory.words().slice(address >>> 2, (address >>> 2) + count);
      tables.set(buffer, {
        words,
        pointers: pointersOf(addresses, placeAt, refuse),
        scalars: new Map(Object.entries(scalars).map(([word, scalar]) => [Number(word), scalar])),
      });
    },
    needs: (bytes) => {
      local = Math.max(local, bytes);
    },
    refuse,
  };

  const inputBuffers = inputs.map((input, i) => {
    const buffer = add(
      'input',
      `input ${i}`,
      backend.dataIdMap.get(input.dataId).memoryOffset,
      bytesOf(input),
    );
    byData.set(input.dataId, buffer);
    return buffer;
  });
  add('engine', 'halted', engine.halted, 4);

  return {
    tape,
    refused: () => reason,
    outside: () => outside,
    changed,
    program: (outputs) => ({
      operations,
      tables,
      inputs: inputBuffers,
      outputs: outputs.map((tensor) => {
        const buffer = byData.get(tensor.dataId);
        if (buffer) return { buffer, offset: 0 };
        refuse('a result was made by nobody');
        return { buffer: inputBuffers[0], offset: 0 };
      }),
      local,
    }),
    free: () => {
      for (const tensor of kept.splice(0)) tensor.dispose();
      for (const address of scratches.splice(0)) memory.free(address);
    },
  };
}

function pointersOf(
  addresses: TableAddresses,
  placeAt: (address: number) => Place | undefined,
  refuse: (reason: string) => void,
): Map<number, Pointer> {
  const pointers = new Map<number, Pointer>();
  for (const effect of ['reads', 'writes'] as const) {
    for (const [word, address] of Object.entries(addresses[effect] ?? {})) {
      if (address === 0) continue;
      const place = placeAt(address >>> 0);
      if (place) pointers.set(Number(word), { place, effect });
      else refuse('a table has an address that nobody knows');
    }
  }
  return pointers;
}
