import type { Splits } from '@feedalign/datasets';
import { localMixer, localMixerBlocks } from '@feedalign/models';
import { adam, cosine } from '@feedalign/optim';
import { type AnyRule, local, makeRule, type RuleSpec } from '@feedalign/rules';
import { stepsOf } from './arms.js';
import { type Course, follow } from './follow.js';

/** A local mixer: channels, patches along a side, groups and blocks. */
export interface MixerSize {
  readonly channels: number;
  readonly patches: number;
  readonly groups: number;
  readonly blocks: number;
}

export interface MixerRun {
  readonly learningRate: number;
  readonly batchSize: number;
  readonly epochs: number;
}

/** An arm: a rule for the whole network, or within the blocks of a mixer. */
export interface MixerArm {
  readonly rule: RuleSpec;
  readonly isLocal?: boolean;
}

/** The rule of an arm; forward gradients of activations go by the slopes of groups and patches. */
function ruleOf({ rule, isLocal = false }: MixerArm, { groups, blocks }: MixerSize): AnyRule {
  const made = makeRule(rule);
  if (!isLocal) return made;
  const parts = made.name === 'fg-a' ? { groups, patches: true } : {};
  return local(made, { blocks: localMixerBlocks(blocks), ...parts });
}

/** A mixer that is trained by Adam, whose rate falls to zero by a cosine. */
export function followMixer(
  size: MixerSize,
  arm: MixerArm,
  data: Splits,
  { learningRate, batchSize, epochs }: MixerRun,
  { seed, signal }: { readonly seed: number; readonly signal: AbortSignal },
): Promise<Course> {
  const { inputShape, classes, count } = data.train;
  return follow(localMixer({ ...size, inputShape, classes, seed }), ruleOf(arm, size), data, {
    optimizer: adam({ learningRate: cosine(learningRate, { steps: stepsOf(count, batchSize, epochs) }) }),
    batchSize,
    epochs,
    seed,
    signal,
  });
}
