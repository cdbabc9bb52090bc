import {
  FeedalignError,
  type FeedbackRule,
  lazily,
  memoized,
  type Network,
  type Parameter,
  type Part,
  type Pass,
  parametersIn,
  planStages,
  type Rng,
  type Teaches,
  type TensorTree,
  type Unit,
} from '@feedalign/core';
import * as z from 'zod/mini';
import { type BlockNames, blocksOf } from './blocks.js';
import { type AnyRule, requireRule, specOf } from './combined.js';
import { type HeadWeights, learned } from './heads.js';
import { drawAllHeads, type LocalLoss, localLosses } from './local-heads.js';
import { headUnits, localitiesBy, localitiesOver, passIn } from './localities.js';
import { checkParts } from './loss-parts.js';
import { checkOptions, type OptionsSchema, oneOf, that, wholeFrom, yesOrNo } from './options.js';

export interface LocalOptions {
  /** The layers that learn by one loss, block by block; each layer with weights but the outputs in one. Default: each alone. */
  readonly blocks?: BlockNames;
  /**
   * What a block's loss is: 'prediction' (default), the network's own losses of a linear read-out of the mean over places;
   * 'similarity', of a linear map of it whether examples are as alike as their targets; or 'both'.
   */
  readonly loss?: LocalLoss;
  /** β: the share of the similarity in 'both'. Default 0.99. */
  readonly balance?: number;
  /**
   * Into so many parts the channels at a block's end fall, and with `patches` the places too, for a rule that goes by slopes: noise
   * is weighed by the loss of those parts alone that it can reach. Gradients are the same in the mean, and vary less. Default 1.
   */
  readonly groups?: number;
  /** Default false. */
  readonly patches?: boolean;
  /** Whether signals stop at the borders of blocks; without, local losses are added to the network's own. Default true. */
  readonly stops?: boolean;
  /**
   * Whether a block learns as soon as its loss is known, before anything above it is computed: the same numbers, in memory
   * that does not grow with the number of blocks. Where a block's loss is not finite, those below it have learned. For a
   * rule that is not a part of another one. Default false.
   */
  readonly early?: boolean;
}

export const localOptions: OptionsSchema<LocalOptions> = {
  blocks: that(
    'a list of blocks, each a list of names of layers',
    (value) => Array.isArray(value) && value.every((block) => Array.isArray(block) && block.every(isName)),
  ),
  loss: oneOf(localLosses),
  balance: { schema: z.number().check(z.gte(0), z.lte(1)), valid: 'a number from 0 to 1' },
  groups: wholeFrom(1),
  patches: yesOrNo,
  stops: yesOrNo,
  early: yesOrNo,
};

const isName = (value: unknown) => typeof value === 'string';

/** What `local` keeps: the units that it teaches, the heads of each block, and what the rule has in each part. */
export interface LocalState {
  readonly [name: string]: TensorTree;
  readonly units: readonly number[];
  readonly heads: readonly (readonly HeadWeights[])[];
  readonly rules: readonly TensorTree[];
}

/**
 * A rule within blocks, each with a loss of its own: a block and its head are a network, in which the rule teaches as in
 * any other. `local(backpropagation())` is LG-BP, `local(feedbackAlignment())` LG-FA, `local(activityForwardGradient())`
 * LG-FG-A. What a block takes is given to it, and no signal leaves it. With `stops: false` the heads are further outputs of
 * the whole network, whose own loss then counts too: L-BP, L-FA.
 *
 * Shapes: at the end of a block h [N, …, C], its read-out (mean over places) W + b [N, classes]. A head's W and b are drawn
 * by the seed, normal with the standard deviation 1/√C and 0; the run's optimizer trains them by their exact gradients;
 * they travel with a saved model, and are no part of it. Outputs of the network learn by their true error.
 *
 * Source: Ren, Kornblith, Liao and Hinton 2022 (arXiv:2210.03310), section 4; the losses are those of Nøkland and Eidnes
 * 2019 (arXiv:1901.06656) and Belilovsky et al. 2019.
 *
 * @example
 * ```ts
 * convert(model, local(activityForwardGradient(), { blocks: [['dense_1', 'dense_2'], ['dense_3']] }));
 * ```
 * @throws FeedalignError `invalid-option`, `unknown-name` for options that cannot be; from the conversion for blocks that
 * overlap, leave a layer out, or end at several layers
 */
export function local(rule: AnyRule, options: LocalOptions = {}): FeedbackRule<LocalState> {
  requireRule("The rule 'local'", rule);
  checkOptions("The rule 'local'", localOptions, options);
  const {
    blocks: names,
    loss = 'prediction',
    balance = 0.99,
    groups = 1,
    patches = false,
    stops = true,
    early = false,
  } = options;
  if (early) checkEarly(rule, stops);

  const task = { loss, balance, groups, patches, stops };
  const localitiesOf = localitiesBy(task, names);
  /** The rule in each locality, as soon as somebody asks: of some there may be no record yet, of others none any more. */
  const within = memoized((pass: Pass<LocalState>) =>
    localitiesOf(pass.network, pass.state).map((locality, i) => ({
      locality,
      rule: lazily(() => passIn(locality, pass, task, [rule, pass.state.rules[i], `part ${i}`])),
    })),
  );
  /** Where a unit is taught. */
  const at = (unit: Unit, pass: Pass<LocalState>) => {
    for (const { locality, rule: inner } of within(pass)) {
      const own = locality.part.unitIn(unit);
      if (own) return { locality, inner: inner().pass, own };
    }
    return undefined;
  };

  return {
    name: 'local',
    options: {
      rule: specOf(rule),
      ...(names && { blocks: names }),
      loss,
      balance,
      groups,
      patches,
      stops,
      early,
    },
    pure: rule.pure,
    phase: rule.phase,
    savesState: true,
    init: (network, rng, teaches = () => true) => {
      const blocks = blocksOf(network, names, teaches);
      checkParts(network, blocks, task, stops);
      if (early) planStages(network, blocks);
      if (loss !== 'prediction') requireDirections(network);
      const heads = drawAllHeads(network, blocks, loss, rng.stream('heads')).map((each) => each.map(learned));
      const units = blocks.flatMap((block) => block.units.map(({ index }) => index));
      const parts = localitiesOver(network, blocks, heads, task);
      return { units, heads, rules: parts.map(({ part }, i) => begun(rule, part, rng, teaches, i)) };
    },
    signal: (unit, pass) => {
      const found = at(unit, pass);
      return found ? found.inner.signal(found.own) : null;
    },
    place: (unit, pass) => {
      const found = at(unit, pass);
      return found?.own.isOutput ? 'output' : ((found && rule.place?.(found.own, found.inner)) ?? 'output');
    },
    estimate: (unit, pass) => {
      const found = at(unit, pass);
      if (!found) return undefined;
      const { locality, inner } = found;
      // All of a part at once, with the first of its units.
      const first = pass.network.units.find((each) => locality.part.unitIn(each));
      return unit === first ? inner.gradients(undefined, { penalties: false }) : [];
    },
    ...(early && {
      stages: (network, state) =>
        localitiesOf(network, state).map((locality, i) => ({
          units: locality.blocks[0].units,
          end: locality.blocks[0].end,
          loss: (pass) => within(pass)[i].rule().loss,
        })),
    }),
    parameters: (network, state): readonly Parameter[] =>
      localitiesOf(network, state).flatMap((locality, i) => [
        ...headUnits(locality).flatMap(parametersIn),
        ...(rule.parameters?.(locality.part.network, state.rules[i]) ?? []),
      ]),
    warnings: (network) => rule.warnings?.(network) ?? [],
    alignmentTarget: (unit, pass) => {
      const found = at(unit, pass);
      return (found && rule.alignmentTarget?.(found.own, found.inner)) ?? null;
    },
    ...(rule.learn && {
      learn: (pass) => ({
        ...pass.state,
        rules: within(pass).map(({ rule: inner }) => rule.learn?.(inner().pass) as TensorTree),
      }),
    }),
  };
}

function checkEarly({ name, learn }: AnyRule, stops: boolean): void {
  const problem = stops
    ? learn && `the feedback of the rule '${name}' learns by itself, of all layers together`
    : 'without stops all blocks have one loss';
  if (!problem) return;
  throw new FeedalignError(
    'invalid-option',
    `Blocks cannot learn early: ${problem}.`,
    stops ? 'Leave early out, or take another rule.' : 'Leave early out, or let signals stop.',
  );
}

/** One number, less its mean, is nothing: of such targets none is like another. */
function requireDirections({ errorSize, outputs }: Network): void {
  if (errorSize > 1) return;
  throw new FeedalignError(
    'unsupported-model',
    `Similarity compares the directions of targets, but the output '${outputs[0].node.name}' has one number.`,
    "Take the loss 'prediction', or the rule pred.",
  );
}

/** What the rule has in one part. */
const begun = (rule: AnyRule, part: Part, rng: Rng, teaches: Teaches, place: number): TensorTree =>
  rule.init(part.network, rng.stream('rule').stream(place), (unit) => {
    const original = part.unitOf(unit);
    return original ? teaches(original) : true;
  });
