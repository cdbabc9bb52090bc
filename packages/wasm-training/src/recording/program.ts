/**
 * A recorded step as a small program: kernels over buffers. Addresses come last, in `lower.ts`.
 */
import type { Scalar } from '@feedalign/core';
import { type KernelName, type KernelRow, kernels } from '../generated/engine.js';

/**
 * What holds numbers: what is put in before each run, a tensor of the model, one that stays as it is, what the program makes
 * by itself, whole numbers that tell a kernel what to do, or a word of the engine's own.
 */
type Kind = 'input' | 'variable' | 'constant' | 'temporary' | 'table' | 'engine';

export interface Buffer {
  readonly id: number;
  readonly kind: Kind;
  readonly bytes: number;
  /** What it is, for people. */
  readonly name: string;
}

/** A place in a buffer, in bytes. */
export interface Place {
  readonly buffer: Buffer;
  readonly offset: number;
}

/** What a kernel takes: a place, no place, or a number, which may differ from run to run. */
export type Argument = Place | Scalar;

export type Effect = 'reads' | 'writes' | 'changes';

/** A place that a word of a table points to; as an address, or as the distance from another place. */
export interface Pointer {
  readonly place: Place;
  readonly effect: 'reads' | 'writes';
  readonly from?: Place;
}

/** Whole numbers for a kernel to read. */
export interface Table {
  readonly words: Int32Array;
  readonly pointers: ReadonlyMap<number, Pointer>;
  /** Floats that may differ from run to run. */
  readonly scalars: ReadonlyMap<number, Scalar>;
}

/** One call of a kernel. */
export interface Operation {
  readonly kernel: KernelName;
  readonly parts: number;
  readonly given: readonly Argument[];
  /** Whether it changes variables, and so not where the loss is not finite. */
  readonly isChanging: boolean;
}

export interface Program {
  readonly operations: readonly Operation[];
  readonly tables: ReadonlyMap<Buffer, Table>;
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Place[];
  /** Bytes that each thread needs of its own. */
  readonly local: number;
}

export const isPlace = (argument: Argument): argument is Place =>
  typeof argument === 'object' && 'buffer' in argument;

export const rowOf = (kernel: KernelName): KernelRow => kernels[kernel];

/** The places that an operation looks at or writes to, also by way of tables, and what it does there. */
export function effectsOf(
  { kernel, given }: Operation,
  { tables }: Pick<Program, 'tables'>,
): { readonly place: Place; readonly effect: Effect }[] {
  const { kinds } = rowOf(kernel);
  return given.flatMap((argument, i) => {
    if (!isPlace(argument)) return [];
    const own = { place: argument, effect: kinds[i] as Effect };
    const pointers = [...(tables.get(argument.buffer)?.pointers.values() ?? [])];
    return [own, ...pointers.filter(({ place }) => place.buffer !== argument.buffer)];
  });
}

/** Every buffer of a program, in the order in which it meets them. */
export function buffersOf(program: Program): Set<Buffer> {
  const found = new Set(program.inputs);
  for (const operation of program.operations) {
    for (const { place } of effectsOf(operation, program)) found.add(place.buffer);
  }
  return found;
}
