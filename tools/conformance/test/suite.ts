import { type BackendName, useBackend } from '@feedalign/backend';
import { createRng, type FeedbackRule } from '@feedalign/core';
import { convert, trace } from '@feedalign/layers';
import { type RuleName, rules } from '@feedalign/rules';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isFull } from '../src/attack/length.js';
import { built, distance, loss, passOf, weightsOf } from '../src/passes.js';
import { batchFor, type Specimen, zoo } from '../src/zoo.js';

/**
 * Learning rates for a hundred steps; smaller for rules whose signal does not shrink with the error, grows with F,
 * varies with all weights, or is not that of the loss which is watched.
 */
const learningRates: Partial<Record<RuleName, number>> = {
  sdfa: 0.002,
  drtp: 0.002,
  dkp: 0.005,
  'fg-w': 0.01,
  sim: 0.02,
  predsim: 0.02,
};
const learningRateOf = (name: RuleName) => learningRates[name] ?? 0.05;

/** Few and small mirror phases: what they lead to has tests of its own. */
const options: Partial<Record<RuleName, object>> = { wm: { phases: 5, batch: 16 } };

const trainOnce = async (model: LayersModel, x: tf.Tensor, y: tf.Tensor, steps: number) => {
  for (let i = 0; i < steps; i++) await model.trainOnBatch(x, y);
};

/**
 * Crosses every rule with every network of the zoo, on these backends.
 *
 * @param hasKernels whether the training kernels are registered for wasm
 */
export const conformance = (backends: readonly BackendName[], { hasKernels = false } = {}) =>
  describe.each([...backends])('on %s', (backend) => {
    beforeAll(async () => {
      await useBackend(backend);
    });
    afterEach(() => tf.disposeVariables());

    // Plain JavaScript takes its time.
    const stepsOf = ({ steps = 50 }: Specimen) => (backend === 'cpu' ? Math.min(steps, 8) : steps);
    const trainable = Object.entries(zoo).filter(
      ([, { needsKernels }]) => backend !== 'wasm' || hasKernels || !needsKernels,
    );
    describe.each(trainable)('%s', (_name, specimen) => {
      it('BP equals tf.variableGrads', async () => {
        const model = built(specimen);
        const { x, y } = batchFor(specimen, createRng(2));
        const network = trace(model);
        const values = new Map<string, tf.Tensor>();
        tf.tidy(() => {
          for (const { parameter, gradient } of passOf(
            network,
            { x, y },
            rules.bp.make(),
            null,
          ).gradients()) {
            values.set(parameter.variable.name, tf.keep(gradient.compute()));
          }
        });
        // tfjs' own gradients are computed where they are right and complete: on the cpu backend.
        await useBackend('cpu');
        const stock = tf.variableGrads(
          () => {
            const p = tf.clipByValue(model.apply(x, { training: true }) as tf.Tensor, 1e-7, 1 - 1e-7);
            return tf.mean(tf.neg(tf.sum(tf.mul(y, tf.log(p)), -1))) as tf.Scalar;
          },
          model.trainableWeights.map((weight) => weight.read() as tf.Variable),
        );
        expect([...values.keys()].sort()).toEqual(Object.keys(stock.grads).sort());
        for (const [name, value] of values) {
          expect(distance(value, stock.grads[name]), name).toBeLessThan(1e-5);
        }
        await useBackend(backend);
      });

      it('FA with B := W equals BP', () => {
        const model = built(specimen);
        const { x, y } = batchFor(specimen, createRng(2));
        const network = trace(model);
        tf.tidy(() => {
          const weights = Object.fromEntries(network.units.map((unit) => [unit.name, unit.kernel?.variable]));
          const exact = passOf(network, { x, y }, rules.bp.make(), null).gradients();
          const aligned = passOf(network, { x, y }, rules.fa.make(), weights).gradients();
          expect(aligned.length).toBe(exact.length);
          exact.forEach(({ parameter, gradient }, i) => {
            expect(distance(aligned[i].gradient.compute(), gradient.compute()), parameter.name).toBeLessThan(
              1e-6,
            );
          });
        });
      });

      // Two rules write into the input, which must be numbers.
      const names = (Object.keys(rules) as RuleName[]).filter(
        (name) => !(specimen.integersBelow && ['pepita', 'ff'].includes(name)),
      );
      // In short, each rule has every second network on one of the backends, and the others on the other.
      const turn = backends.indexOf(backend) + Object.values(zoo).indexOf(specimen);
      const here = names.filter((_, i) => isFull || backends.length === 1 || (i + turn) % 2 === 0);
      it.each(here)('%s: learns, leaks nothing, repeats itself, reverts', async (name) => {
        const { x, y } = batchFor(specimen, createRng(2));
        const begin = () => {
          const model = built(specimen);
          model.compile({
            optimizer: tf.train.momentum(learningRateOf(name), 0.9),
            loss,
            metrics: ['accuracy'],
          });
          const handle = convert(model, rules[name].make(options[name]) as FeedbackRule, { seed: 5 });
          return { model, handle };
        };
        const { model, handle } = begin();
        const [before] = (await model.trainOnBatch(x, y)) as number[];
        // A step that the engine records is held from then on.
        await trainOnce(model, x, y, 3);
        const early = weightsOf(model).map((values) => values.slice());
        const tensors = tf.memory().numTensors;
        await trainOnce(model, x, y, stepsOf(specimen) - 3);
        expect(tf.memory().numTensors).toBe(tensors);
        const [after] = (await model.trainOnBatch(x, y)) as number[];
        expect(after).toBeLessThan(before);
        handle.revert();
        const again = begin();
        await trainOnce(again.model, x, y, 4);
        expect(weightsOf(again.model)).toEqual(early);
        again.handle.revert();
      });
    });
  });
