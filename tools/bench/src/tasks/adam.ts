import { adamStep } from '@feedalign/backend';
import { randomUniform, tidy, variable, zeros } from '@tensorflow/tfjs-core';
import type { Cases } from '../tasks.js';

/** The fused step of Adam on so many parameters. */
export function adam({ parameters }: { parameters: number }): Cases {
  const gradient = randomUniform([parameters], -1, 1, 'float32', 1);
  const weights = variable(randomUniform([parameters], -1, 1, 'float32', 2));
  const mean = variable(zeros([parameters]));
  const meanSquare = variable(zeros([parameters]));
  const options = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  let step = 0;
  const repeat = () => {
    step++;
    tidy(() => adamStep({ variable: weights, mean, meanSquare, gradient }, { ...options, step }));
  };
  return { step: { repeat } };
}
