// Programs as values: what is wrong with one is found, and no two buffers that live at the same time share memory.
import { slot } from '@feedalign/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultsOf } from '../src/recording/check.js';
import { lowered } from '../src/recording/lower.js';
import { lifetimesOf, planned } from '../src/recording/plan.js';
import { printed } from '../src/recording/print.js';
import type { Buffer, Operation, Place, Program } from '../src/recording/program.js';

const buffer = (id: number, kind: Buffer['kind'], bytes = 64): Buffer => ({
  id,
  kind,
  bytes,
  name: `${kind} ${id}`,
});
const at = (of: Buffer, offset = 0): Place => ({ buffer: of, offset });

/** y ← f(x) over 16 numbers. */
const activated = (x: Buffer, y: Buffer): Operation => ({
  kernel: 'activateAll',
  parts: 1,
  given: [at(x), at(y), 16, 1],
  isChanging: false,
});
const accumulated = (variable: Buffer, value: Buffer, isChanging = true): Operation => ({
  kernel: 'accumulate',
  parts: 1,
  given: [at(variable), at(value), 16, slot(() => -0.5), 1],
  isChanging,
});
const program = (
  operations: readonly Operation[],
  inputs: readonly Buffer[],
  outputs: readonly Buffer[],
): Program => ({
  operations,
  tables: new Map(),
  inputs,
  outputs: outputs.map((each) => at(each)),
  local: 0,
});

const [x, a, b, w] = [
  buffer(0, 'input'),
  buffer(1, 'temporary'),
  buffer(2, 'temporary'),
  buffer(3, 'variable'),
];

describe('what is wrong with a program', () => {
  it('is nothing where each number is there before it is read', () => {
    expect(faultsOf(program([activated(x, a), activated(a, b), accumulated(w, b)], [x], [b]))).toEqual([]);
  });

  it.each<[string, Program, RegExp]>([
    [
      'a read before the write',
      program([activated(a, b), activated(x, a)], [x], [b]),
      /temporary 1 is read before/,
    ],
    [
      'an output that nobody writes',
      program([activated(x, a)], [x], [b]),
      /output temporary 2 is not written/,
    ],
    [
      'an input that is written to',
      program([activated(x, a), activated(a, x)], [x], [a]),
      /input 0 is written to/,
    ],
    ['two inputs that are one', program([activated(x, a)], [x, x], [a]), /two inputs are one/],
    [
      'a variable that changes whatever the loss is',
      program([activated(x, a), accumulated(w, a, false)], [x], [a]),
      /variable 3 is written to whether or not/,
    ],
    [
      'a place beyond a buffer',
      program([{ ...activated(x, a), given: [at(x, 65), at(a), 16, 1] }], [x], [a]),
      /input 0 has no place 65/,
    ],
    [
      'a kernel that writes over what it still reads',
      program(
        [
          activated(x, a),
          { kernel: 'poolGradient', parts: 1, given: [at(x), at(a), at(a), 1, 0], isChanging: false },
        ],
        [x],
        [a],
      ),
      /temporary 1 is read and written/,
    ],
  ])('%s', (_name, wrong, message) => {
    expect(faultsOf(wrong).join('; ')).toMatch(message);
  });
});

/** A chain of random length whose operations read what was written before. */
const programs = fc
  .array(fc.tuple(fc.nat(), fc.integer({ min: 4, max: 4000 })), { minLength: 1, maxLength: 40 })
  .map((drawn) => {
    const input = buffer(0, 'input', 256);
    const made: Buffer[] = [input];
    const operations = drawn.map(([from, bytes], i) => {
      const next = buffer(i + 1, 'temporary', bytes);
      const operation = activated(made[from % made.length], next);
      made.push(next);
      return operation;
    });
    const outputs = [made[made.length - 1], made[1 + (drawn[0][0] % (made.length - 1))]];
    return program(operations, [input], outputs);
  });

describe('a plan', () => {
  it('never gives two buffers that live at the same time the same memory', () => {
    fc.assert(
      fc.property(programs, (each) => {
        expect(faultsOf(each)).toEqual([]);
        const { offsets, bytes } = planned(each);
        const lives = lifetimesOf(each).map((life) => ({
          ...life,
          start: offsets.get(life.buffer) as number,
        }));
        for (const one of lives) {
          expect(one.start + one.buffer.bytes).toBeLessThanOrEqual(bytes);
          for (const other of lives) {
            const meets = one !== other && one.first <= other.last && other.first <= one.last;
            if (!meets) continue;
            const isApart =
              one.start + one.buffer.bytes <= other.start || other.start + other.buffer.bytes <= one.start;
            expect(isApart).toBe(true);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('takes less than all buffers together where they need not be there together', () => {
    const chain = Array.from({ length: 20 }, (_, i) => buffer(i, i === 0 ? 'input' : 'temporary', 1024));
    const operations = chain.slice(1).map((next, i) => activated(chain[i], next));
    expect(planned(program(operations, [chain[0]], [chain[19]])).bytes).toBeLessThan(4 * 1100);
  });
});

it('as words: the calls, where addresses go, and what is read in each run', () => {
  const each = program([activated(x, a), accumulated(w, a)], [x], [a]);
  const { words, calls, addresses, slots } = lowered(each);
  expect(calls).toBe(2);
  expect(words.length).toBe(4 + 4 + 4 + 5);
  expect(addresses.get(a)?.map(({ word }) => word)).toEqual([5, 13]);
  expect(slots.map(({ word, isFloat }) => [word, isFloat])).toEqual([[15, true]]);
  expect(new Float32Array(words.slice(15, 16).buffer)[0]).toBe(-0.5);
});

it('as text', () => {
  const text = printed(program([activated(x, a), accumulated(w, a)], [x], [a]));
  expect(text).toContain('0 activateAll: a input 0#0, y temporary 1#1, count 16, activation 1');
  expect(text).toContain('1 accumulate, if the loss is finite: variable variable 3#3');
  expect(text).toContain('scale slot(-0.5)');
});
