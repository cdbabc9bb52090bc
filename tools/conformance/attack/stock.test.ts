// Every kernel of tfjs' that wasm-training replaces, given random calls that are right and calls that are not: it answers as
// tfjs' cpu backend does with its corrections, or refuses by an error that says what is wrong, and touches nothing but
// its own result.
import { correctStockKernels } from '@feedalign/backend';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Call, changed, written } from '../src/attack/call.js';
import { dice } from '../src/attack/dice.js';
import { expectNone, isPlainError, type Subject, verdict } from '../src/attack/judge.js';
import { times } from '../src/attack/length.js';
import { stockCalls } from '../src/attack/stock-calls.js';

const kernelsOnWasm = () =>
  new Map(tf.getKernelsForBackend('wasm').map(({ kernelName, kernelFunc }) => [kernelName, kernelFunc]));

let replaced: string[] = [];
beforeAll(async () => {
  await tf.setBackend('cpu');
  correctStockKernels();
  const before = kernelsOnWasm();
  await import('@feedalign/wasm-training');
  await tf.setBackend('wasm');
  replaced = [...kernelsOnWasm()]
    .filter(([name, kernel]) => !name.startsWith('Feedalign') && before.get(name) !== kernel)
    .map(([name]) => name);
});

it('has a row for every kernel that is replaced', () => {
  expect(
    Object.keys(stockCalls)
      .filter((name) => replaced.includes(name))
      .sort(),
  ).toEqual(replaced.sort());
});

const law = { isRefusal: isPlainError, mayLose: true, isTidy: true };

describe.each(Object.entries(stockCalls))('%s', (name, right) => {
  const subject: Subject = (inputs, attributes) =>
    tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attributes as tf.NamedAttrMap);
  const tried = (call: Call, seed: number, label: string) => {
    const { fault, refused } = verdict(subject, subject, call, seed, law);
    return { refused, fault: fault && `${label}: ${fault} — ${written(call)}` };
  };

  it('answers right calls', () => {
    const faults: string[] = [];
    for (let i = 0; i < times(12, 150); i++) {
      const call = right(dice(name, i));
      const { fault, refused } = tried(call, 100 * i, 'right');
      if (fault) faults.push(fault);
      if (refused) faults.push(`refused: ${written(call)}`);
    }
    expectNone(faults);
  });

  it('answers or refuses calls that were changed', () => {
    const faults = new Map<string, string>();
    for (let i = 0; i < times(40, 1500); i++) {
      const chance = dice(name, 'changed', i);
      const { call, what } = changed(right(chance), chance);
      const { fault } = tried(call, 100 * i, what);
      if (fault) faults.set(fault.replaceAll(/[-\d.,]+/g, '#').slice(0, 90), fault);
    }
    expectNone(faults.values());
  });
});
