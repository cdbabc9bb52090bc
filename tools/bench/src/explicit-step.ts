import { createRng, type FeedbackRule, parametersOf } from '@feedalign/core';
import { trace } from '@feedalign/layers';
import { lossesFor } from '@feedalign/losses';
import { sgd } from '@feedalign/optim';
import {
  activityForwardGradient,
  backpropagation,
  directFeedbackAlignment,
  local,
  weightForwardGradient,
} from '@feedalign/rules';
import { startSteps } from '@feedalign/step';
import { dispose } from '@tensorflow/tfjs-core';
import { batchOf, learningRate, modelOf } from './batch.js';
import type { Workload } from './workload.js';

export interface StepGiven {
  readonly workload: Workload;
  readonly rules: readonly StepRule[];
  /** Whether the engine may repeat a step that it recorded, as `train` and `convert` let it. Default true. */
  readonly repeats?: boolean;
}

const rules = {
  dfa: directFeedbackAlignment as Make,
  bp: backpropagation as Make,
  'fg-a': activityForwardGradient as Make,
  'fg-w': weightForwardGradient as Make,
  'fg-a by signs': () => activityForwardGradient({ noise: 'rademacher' }) as FeedbackRule,
  'lg-fg-a, early': () => local(activityForwardGradient(), { early: true }) as FeedbackRule,
  'fg-w by signs': () => weightForwardGradient({ noise: 'rademacher' }) as FeedbackRule,
};
type Make = () => FeedbackRule;
export type StepRule = keyof typeof rules;

/**
 * The library's step: forward, error, the rule's signals, gradients, plain SGD. One batch, whose loss is computed and not
 * read; a network of its own for each rule.
 */
export function explicitSteps({ workload, rules: names, repeats = true }: StepGiven) {
  return Promise.all(
    names.map(async (name) => {
      const network = trace(await modelOf(workload));
      const steps = startSteps(network, { ...rules[name](), pure: repeats }, { rng: createRng(1) });
      const optimizer = sgd({ learningRate });
      const memory = optimizer.init(parametersOf(network).filter((parameter) => parameter.trainable));
      const stepper = steps.under({
        losses: lossesFor(network, 'categoricalCrossentropy'),
        optimizer,
        memory,
      });
      const { x, y } = batchOf(workload, workload.batch);
      const run = () => {
        const { loss } = stepper.take({ inputs: [x], targets: [y] }, { predictions: false });
        dispose(loss);
      };
      return { rule: name, units: network.units.length, run };
    }),
  );
}
