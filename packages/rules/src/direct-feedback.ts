import {
  FeedalignError,
  type FeedbackRule,
  type Network,
  type Node,
  type Pass,
  type Teaches,
  type Unit,
} from '@feedalign/core';
import { mul, slice, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import * as z from 'zod/mini';
import { drawnFeedback, type FeedbackState, type Slot } from './drawn-feedback.js';
import { type DistributionName, distributionNamed } from './feedback.js';
import { type FeedbackOptions, otherOptions } from './feedback-options.js';
import { checkOptions, isNames, isPlain, type OptionsSchema, oneOf, that, yesOrNo } from './options.js';
import { type Blocks, blockEnds, type Site, unitEnds } from './sites.js';

export interface DirectFeedbackOptions extends FeedbackOptions {
  /** How F is drawn; its fan-in is the size of the error, its fan-out that of the unit. Default 'uniform'. */
  readonly distribution?: DistributionName;
  /** 'independent' matrices (default), or one 'shared' matrix of the widest unit, of which each unit takes its part. */
  readonly feedback?: 'independent' | 'shared';
  /**
   * Count every place of a feature map in a convolution's fan-out (default true). False counts its channels
   * only: the signal is then √(places) times larger, which trains few convolutions without diverging.
   */
  readonly normalizeConvolutions?: boolean;
  /** Share of the error's numbers that each number of a unit hears, at least one. Default 1. */
  readonly density?: number;
  /**
   * The layers at which blocks end, by name or by a test of the name: the signal is injected there alone, and comes
   * through the inside of a block by backpropagation. Default: at the end of every unit. A test cannot be saved.
   */
  readonly blocks?: Blocks;
}

/** Of matrices at the ends of units, one for each. */
export const unitOptions: OptionsSchema<Omit<DirectFeedbackOptions, 'feedback' | 'blocks'>> = {
  ...otherOptions,
  normalizeConvolutions: yesOrNo,
  density: {
    schema: z.number().check(z.gt(0), z.lte(1)),
    valid: 'a share, above 0 and up to 1',
  },
};
export const directOptions: OptionsSchema<DirectFeedbackOptions> = {
  ...unitOptions,
  feedback: oneOf(['independent', 'shared']),
  blocks: that(
    'the names of layers in an array, or a test of a name',
    (blocks) => typeof blocks === 'function' || isNames(blocks),
  ),
};

/** What a rule of direct feedback makes of its options. */
export interface DirectFeedback
  extends Required<Pick<FeedbackRule<FeedbackState>, 'options' | 'savesState' | 'init' | 'outline'>> {
  /** Where signals are injected, by the node whose output it is. */
  sitesOf(network: Network): ReadonlyMap<Node, Site>;
  /**
   * F of a site [C, d] that a signal is injected at.
   *
   * @throws FeedalignError `invalid-option`, `shape-mismatch` when the state has none, or one of another shape
   */
  of(site: Site, pass: Pass<FeedbackState>): Tensor;
  /** The same, undefined where there is none. */
  find(site: Site, pass: Pass<FeedbackState>): Tensor | undefined;
}

const shared = 'shared';

/**
 * A matrix F [C, d] for each place of the network that a signal is injected at.
 *
 * @param rule the name of the rule that has it
 */
export function directFeedback(
  rule: string,
  options: DirectFeedbackOptions,
  ends = unitEnds,
): DirectFeedback {
  const { feedback = 'independent', normalizeConvolutions = true, density = 1, blocks } = options;
  const drawn = drawnFeedback(rule, options, 'uniform');
  const { variance } = distributionNamed(drawn.options.distribution as string);
  const sitesOf = onceFor((network) => {
    const sites = blocks ? blockEnds(network, blocks) : ends(network);
    return new Map(sites.map((site) => [site.node, site]));
  });
  const widestOf = onceFor((network) => Math.max(...[...sitesOf(network).values()].map(({ size }) => size)));

  const slot = ({ name, stream, node, size }: Site, network: Network): Slot => {
    const fanIn = network.errorSize;
    const fanOut = normalizeConvolutions ? size : (node.outputShape.at(-1) ?? 1);
    return { name, stream, shape: [fanIn, size], fans: { fanIn, fanOut }, density };
  };
  const sharedSlot = (network: Network): Slot => {
    const [fanIn, widest] = [network.errorSize, widestOf(network)];
    return { name: shared, stream: shared, shape: [fanIn, widest], fans: { fanIn, fanOut: widest }, density };
  };

  const slotsOf = (network: Network, teaches: Teaches = () => true): readonly Slot[] => {
    const taught = [...sitesOf(network).values()].filter(
      ({ node }) => blocks || teaches(network.unitOf(node) as Unit),
    );
    if (feedback === 'shared' && taught.length > 0) return [sharedSlot(network)];
    return taught.map((each) => slot(each, network));
  };
  const heldSlot = (site: Site, network: Network) =>
    feedback === 'shared' ? sharedSlot(network) : slot(site, network);
  /** Of what is held for a site, its own. */
  const part = (site: Site, { network }: Pass<FeedbackState>, matrix: Tensor): Tensor => {
    if (feedback === 'independent') return matrix;
    const own = slice(matrix as Tensor2D, [0, 0], [-1, site.size]);
    const ratio = variance(slot(site, network)) / variance(sharedSlot(network));
    return ratio === 1 ? own : mul(own, Math.sqrt(ratio));
  };

  return {
    options: {
      ...drawn.options,
      feedback,
      normalizeConvolutions,
      ...(density !== 1 && { density }),
      ...(blocks && { blocks: typeof blocks === 'function' ? unsaved : [...blocks] }),
    },
    savesState: drawn.savesState,
    sitesOf,
    init: (network, rng, teaches) => drawn.init(slotsOf(network, teaches), rng),
    outline: (network, teaches) => drawn.outline(slotsOf(network, teaches)),
    of: (site, pass) => part(site, pass, drawn.of(heldSlot(site, pass.network), pass)),
    find: (site, pass) => {
      const matrix = drawn.find(heldSlot(site, pass.network), pass);
      return matrix && part(site, pass, matrix);
    },
  };
}

/** What a network has, found once. */
function onceFor<T>(find: (network: Network) => T): (network: Network) => T {
  const known = new WeakMap<Network, { readonly found: T }>();
  return (network) => {
    const { found } = known.get(network) ?? { found: find(network) };
    known.set(network, { found });
    return found;
  };
}

const unsaved = 'a function';

/**
 * Checks the options of a rule with direct feedback.
 *
 * @throws FeedalignError `unknown-name`, `invalid-option` for options that cannot be
 */
export function checkDirect(rule: string, schema: OptionsSchema, options: unknown): void {
  if (isPlain(options)) {
    if (options.distribution === 'weights') {
      throw new FeedalignError(
        'invalid-option',
        `Direct feedback, as of the rule '${rule}', has not the shape of any weights (distribution: 'weights').`,
        'Use one of the distributions that are drawn, or give values.',
      );
    }
    if (options.blocks === unsaved) {
      throw new FeedalignError(
        'invalid-option',
        'The blocks were told by a function, which cannot be saved.',
        'Name the layers at which blocks end: blocks: [...].',
      );
    }
  }
  checkOptions(`The rule '${rule}'`, schema, options);
}
