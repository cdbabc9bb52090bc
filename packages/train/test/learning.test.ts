import { createRng } from '@feedalign/core';
import { spirals } from '@feedalign/datasets';
import { trace } from '@feedalign/layers';
import { mlp } from '@feedalign/models';
import { adam } from '@feedalign/optim';
import type { RuleName } from '@feedalign/rules';
import { describe, expect, it } from 'vitest';
import { train } from '../src/index.js';
import { collected, ofType, on, ruleNamed } from './support.js';

on('wasm');

const data = spirals({ arms: 3, perArm: 100, turns: 1, rng: createRng(1) });

/** The accuracy on examples that were not learnt from. */
async function accuracyOf(rule: RuleName): Promise<number> {
  const model = mlp([16, 16, 16], { inputShape: [2], classes: 3, seed: 1, activation: 'tanh' });
  const options = { optimizer: adam({ learningRate: 0.01 }), epochs: 60, batchSize: 30, seed: 1 };
  const examples = { train: data.train, validation: data.test };
  const events = await collected(train(trace(model), ruleNamed(rule), examples, options));
  return ofType(events, 'epoch').pop()?.validationAccuracy ?? 0;
}

describe('spirals, of which a linear classifier gets less than half', () => {
  // Seen: bp .97, fa .93, dfa .90, frozen .34.
  it.each(['bp', 'fa', 'dfa'] as const)('are learnt by %s', async (rule) => {
    expect(await accuracyOf(rule)).toBeGreaterThan(0.75);
  });

  it('are not learnt by a frozen body', async () => {
    expect(await accuracyOf('frozen')).toBeLessThan(0.55);
  });
});
