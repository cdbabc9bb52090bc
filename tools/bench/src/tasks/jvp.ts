import { createRng, type Directions, forward, jvp, parametersOf } from '@feedalign/core';
import { trace } from '@feedalign/layers';
import { dispose, type Tensor, tensor, tidy, util } from '@tensorflow/tfjs-core';
import { batchOf, modelOf } from '../batch.js';
import { explicitSteps } from '../explicit-step.js';
import type { Cases } from '../tasks.js';
import type { Workload } from '../workload.js';

/** The forward pass, the same with its derivative along a direction, which is drawn once, and steps of forward gradients. */
export async function derivatives({ workload }: { workload: Workload }): Promise<Cases> {
  const network = trace(await modelOf(workload));
  const { x } = batchOf(workload, workload.batch);
  const rng = createRng(1);
  const drawn = (name: string, shape: readonly number[]): Tensor =>
    tensor(rng.stream(name).normal(util.sizeFromShape([...shape])), [...shape]);
  const weights = new Map(
    parametersOf(network).map((parameter) => [parameter, drawn(parameter.name, parameter.variable.shape)]),
  );
  const preActivations = new Map(
    network.units.map(({ head }) => [head, drawn(head.name, [workload.batch, ...head.outputShape])]),
  );
  const along = (directions: Directions) => ({
    repeat: () => dispose(jvp(network, [x], directions) as never),
  });
  const steps = await explicitSteps({
    workload,
    rules: ['fg-a', 'fg-w', 'fg-a by signs', 'fg-w by signs'],
  });
  return {
    ...Object.fromEntries(steps.map(({ rule, run }) => [rule, { repeat: run }])),
    forward: { repeat: () => tidy(() => void forward(network, [x])) },
    preActivations: along({ preActivations }),
    weights: along({ weights }),
  };
}
