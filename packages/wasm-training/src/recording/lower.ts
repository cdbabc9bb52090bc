import { numberNow, type Scalar } from '@feedalign/core';
import {
  type Argument,
  type Buffer,
  isPlace,
  type Operation,
  type Place,
  type Program,
  rowOf,
  type Table,
} from './program.js';

/** A program as the words that the assembly's `replay` runs, its tables behind it. */
export interface Lowered {
  readonly words: Int32Array;
  readonly calls: number;
  /** Which words are addresses in a buffer: what has to be written anew when it moves. */
  readonly addresses: ReadonlyMap<Buffer, readonly Address[]>;
  /** Which words are numbers that differ from run to run. */
  readonly slots: readonly Slotted[];
}

interface Address {
  readonly word: number;
  readonly offset: number;
  /** The place that the word says the distance from. */
  readonly from?: Place;
}

interface Slotted {
  readonly word: number;
  readonly isFloat: boolean;
  readonly scalar: Scalar;
}

/** Words before the arguments of a call: its task, its parts, whether it changes variables, how many words follow. */
const callWords = 4;

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);
/** A number as the word that has it. */
export function wordOf(value: number, isFloat: boolean): number {
  if (!isFloat) return value | 0;
  float[0] = value;
  return bits[0];
}

export function lowered(program: Program): Lowered {
  const words: number[] = [];
  const addresses = new Map<Buffer, Address[]>();
  const slots: Slotted[] = [];
  const point = (word: number, { buffer, offset }: Place, from?: Place) => {
    const known = addresses.get(buffer) ?? [];
    known.push({ word, offset, from });
    addresses.set(buffer, known);
    return 0;
  };
  const scalar = (word: number, value: Scalar, isFloat: boolean) => {
    if (typeof value !== 'number') slots.push({ word, isFloat, scalar: value });
    return wordOf(numberNow(value), isFloat);
  };
  const used = new Set<Buffer>();
  const lowerArgument = (argument: Argument, isFloat: boolean) => {
    const word = words.length;
    if (!isPlace(argument)) return scalar(word, argument, isFloat);
    if (argument.buffer.kind === 'table') used.add(argument.buffer);
    return point(word, argument);
  };
  for (const operation of program.operations) {
    words.push(...headOf(operation));
    const { kinds } = rowOf(operation.kernel);
    for (const [i, argument] of operation.given.entries())
      words.push(lowerArgument(argument, kinds[i] === 'f32'));
  }
  // Tables follow, each at a place that is known only now: their own words point into them.
  const places = new Map<Buffer, number>();
  for (const buffer of used) {
    const table = program.tables.get(buffer) as Table;
    const start = words.length;
    places.set(buffer, start * 4);
    words.push(...table.words);
    for (const [word, { place, from }] of table.pointers) point(start + word, place, from);
    for (const [word, value] of table.scalars) words[start + word] = scalar(start + word, value, true);
  }
  return {
    words: Int32Array.from(words),
    calls: program.operations.length,
    addresses: new Map(
      [...addresses].map(([buffer, all]) => {
        const start = places.get(buffer);
        return [
          buffer,
          start === undefined ? all : all.map((each) => ({ ...each, offset: each.offset + start })),
        ];
      }),
    ),
    slots,
  };
}

const headOf = ({ kernel, parts, isChanging, given }: Operation): number[] => {
  const head = [rowOf(kernel).task, parts, isChanging ? 1 : 0, given.length];
  if (head.length !== callWords) throw new Error('A call has another head.');
  return head;
};
