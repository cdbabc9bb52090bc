import type { FeedbackRule } from '@feedalign/core';
import { backpropagation } from './backpropagation.js';
import { type LocalOptions, type LocalState, local, localOptions } from './local.js';
import type { LocalLoss } from './local-heads.js';
import { checkOptions, type OptionsSchema } from './options.js';

export type LocalLossOptions = Pick<LocalOptions, 'blocks'>;
export type SharedLossOptions = Pick<LocalOptions, 'blocks' | 'balance'>;

const { blocks, balance } = localOptions;
export const localLossOptions: OptionsSchema<LocalLossOptions> = { blocks };
export const sharedLossOptions: OptionsSchema<SharedLossOptions> = { blocks, balance };

/** Local backpropagation by one kind of loss, under a name of its own. */
const learningBy =
  <O extends SharedLossOptions>(name: string, loss: LocalLoss, schema: OptionsSchema<O>) =>
  (options: O = {} as O): FeedbackRule<LocalState> => {
    checkOptions(`The rule '${name}'`, schema, options);
    const rule = local(backpropagation(), { ...options, loss });
    const kept = Object.entries(rule.options).filter(
      ([option]) => Object.hasOwn(schema, option) && option in rule.options,
    );
    return { ...rule, name, options: Object.fromEntries(kept) };
  };

/**
 * Local losses by prediction: each hidden unit, or block of them, learns by backpropagation within itself from the loss of a
 * linear read-out of its own, and no signal leaves it.
 *
 * Shapes: h [N, …, C] at a block's end, its read-out (mean over places) W + b [N, classes]; W and b learn by the run's
 * optimizer.
 *
 * Source: Nøkland and Eidnes, 'Training neural networks with local error signals', ICML 2019 (arXiv:1901.06656), 'pred'.
 * There the read-out of a convolution takes pooled places; here it takes their mean.
 *
 * @example
 * ```ts
 * convert(model, predictionLoss());
 * ```
 * @throws FeedalignError as `local`
 */
export const predictionLoss = learningBy<LocalLossOptions>('pred', 'prediction', localLossOptions);

/**
 * Local losses by similarity: as `predictionLoss`, but from whether examples are as alike as their targets:
 * L = mean over pairs of (S(z) − S(y))², with S_ij the cosine of examples i and j after each has lost its mean, and z a
 * linear map of h to as many numbers.
 *
 * Source: Nøkland and Eidnes 2019 (arXiv:1901.06656), 'sim'. There a convolution's z is the standard deviation over places
 * of a further convolution; here it is a linear map of the mean over them.
 *
 * @example
 * ```ts
 * convert(model, similarityMatching());
 * ```
 * @throws FeedalignError as `local`
 */
export const similarityMatching = learningBy<LocalLossOptions>('sim', 'similarity', localLossOptions);

/**
 * Local losses of both kinds: (1 − β)·prediction + β·similarity, β the `balance`, 0.99 by default.
 *
 * Source: Nøkland and Eidnes 2019 (arXiv:1901.06656), 'predsim'.
 *
 * @example
 * ```ts
 * convert(model, predictionAndSimilarity({ balance: 0.9 }));
 * ```
 * @throws FeedalignError as `local`
 */
export const predictionAndSimilarity = learningBy<SharedLossOptions>('predsim', 'both', sharedLossOptions);
