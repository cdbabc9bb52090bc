import { explicitSteps, type StepGiven } from '../explicit-step.js';
import type { Cases } from '../tasks.js';

/** The explicit step on one batch, by each rule. */
export async function step(given: StepGiven): Promise<Cases> {
  const steps = await explicitSteps(given);
  return Object.fromEntries(steps.map(({ rule, run }) => [rule, { repeat: run }]));
}
