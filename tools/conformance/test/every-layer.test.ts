// Every layer of tfjs-layers in a converted model: backpropagation by units is the gradient that tfjs' own autodiff has.
import { type BackendName, useBackend } from '@feedalign/backend';
import { createPass, createRng, type FeedbackRule, forward } from '@feedalign/core';
import { trace } from '@feedalign/layers';
import { evaluate, lossFor } from '@feedalign/losses';
import { rules } from '@feedalign/rules';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { stockCases } from '../src/stock-cases/index.js';
import { apart, gradientsOf, prepare } from '../src/stock-gradients.js';

// Two draws of the same noise differ: there the gradients are compared by nobody.
const trained = Object.entries(stockCases).filter(([title]) => title !== 'dropout and noise');

for (const backend of ['cpu', 'wasm'] as BackendName[]) {
  describe(`on ${backend}`, () => {
    beforeAll(async () => {
      await useBackend(backend);
    });

    for (const [title, given] of trained) {
      it(title, () => {
        const prepared = prepare(given);
        const expected = gradientsOf(prepared);
        const { model, x, y } = prepared;
        const network = trace(model);
        const losses = network.outputs.map((output, i) =>
          lossFor(given.loss ?? 'meanSquaredError', output.activation, model.lossFunctions[i] as never),
        );
        const found = tf.tidy(() => {
          const record = forward(network, [x], { training: true, rng: createRng(1) });
          const objective = evaluate(record, { losses, targets: [y] });
          const pass = createPass(record, objective, rules.bp.make() as FeedbackRule<null>, null);
          return pass
            .gradients()
            .map(
              ({ parameter, gradient }) => [parameter.variable.name, gradient.compute().dataSync()] as const,
            );
        });
        expect(found.map(([name]) => name).sort()).toEqual(Object.keys(expected).sort());
        for (const [name, values] of found) expect(apart(values, expected[name]), name).toBeLessThan(1e-4);
      });
    }
  });
}
