import { createPass, createRng, type FeedbackRule, forward, heldTree } from '@feedalign/core';
import { trace } from '@feedalign/layers';
import { evaluate, lossesFor } from '@feedalign/losses';
import { sgd } from '@feedalign/optim';
import { backpropagation, directFeedbackAlignment } from '@feedalign/rules';
import { tidy } from '@tensorflow/tfjs-core';
import { batchOf, learningRate, modelOf } from './batch.js';
import type { RuleName } from './useful-work.js';
import type { Workload } from './workload.js';

export interface StepGiven {
  readonly workload: Workload;
  readonly rules: readonly RuleName[];
}

const rules: Readonly<Record<RuleName, () => FeedbackRule>> = {
  dfa: directFeedbackAlignment,
  bp: backpropagation as () => FeedbackRule,
};

/**
 * The library's step as its documentation describes it, from public functions: forward, error, the rule's signals,
 * gradients, plain SGD. One batch, whose loss is computed and not read; a network of its own for each rule.
 */
export function explicitSteps({ workload, rules: names }: StepGiven) {
  return Promise.all(
    names.map(async (name) => {
      const network = trace(await modelOf(workload));
      const rule = rules[name]();
      const rng = createRng(1);
      const state = heldTree(() => rule.init(network, rng.stream('feedback')));
      const optimizer = sgd({ learningRate });
      const parameters = network.units
        .flatMap((unit) => unit.chain.flatMap((node) => node.operation.parameters))
        .filter((parameter) => parameter.trainable);
      const memory = optimizer.init(parameters);
      const losses = lossesFor(network, 'categoricalCrossentropy');
      const { x, y } = batchOf(workload, workload.batch);
      const run = () => {
        tidy(() => {
          const record = forward(network, [x], { training: true, rng });
          const objective = evaluate(record, { losses, targets: [y] });
          const pass = createPass(record, objective, rule, state);
          optimizer.apply(pass.gradients(), memory);
        });
      };
      return { rule: name, units: network.units.length, run };
    }),
  );
}
