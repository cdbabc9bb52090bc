import { type Head, type Network, type Objective, type Pass, type Rng, sumOf } from '@feedalign/core';
import { mul, type Tensor } from '@tensorflow/tfjs-core';
import type { Block } from './blocks.js';
import { drawHead, type HeadWeights, readOut } from './heads.js';
import { similarityObjective } from './similarity.js';
import { targetsOf } from './targets.js';

/** What the losses of blocks are. */
export const localLosses = ['prediction', 'similarity', 'both'] as const;
export type LocalLoss = (typeof localLosses)[number];

/** One head of a block: how it is drawn and put there. */
interface HeadPlan {
  readonly name: string;
  readonly size: number;
  readonly shape: readonly number[];
  readonly activation: string;
  /** Its loss is one of all pairs of examples. */
  readonly mixes?: true;
}

const channelsOf = ({ end }: Block) => end.outputShape.at(-1) ?? 1;
const nameOf = (block: Block, what: string) => `${block.end.name}/${what}`;

/** A read-out for each output of the network, or features to be compared, or both. */
function plansOf(network: Network, block: Block, loss: LocalLoss): HeadPlan[] {
  const channels = channelsOf(block);
  const predictions = network.outputs.map(({ node, size, activation }) => ({
    name: nameOf(block, `prediction of ${node.name}`),
    size,
    shape: node.outputShape,
    activation,
  }));
  const features: HeadPlan = {
    name: nameOf(block, 'similarity'),
    size: channels,
    shape: [channels],
    activation: 'linear',
    mixes: true,
  };
  return [...(loss === 'similarity' ? [] : predictions), ...(loss === 'prediction' ? [] : [features])];
}

const drawHeads = (network: Network, block: Block, loss: LocalLoss, rng: Rng): HeadWeights[] =>
  plansOf(network, block, loss).map(({ size }, i) => drawHead(rng.stream(i), channelsOf(block), size));

/** The heads of all blocks, as they begin. */
export const drawAllHeads = (network: Network, blocks: readonly Block[], loss: LocalLoss, rng: Rng) =>
  blocks.map((block, i) => drawHeads(network, block, loss, rng.stream(i)));

/** The heads of a block over these weights. */
export const headsOf = (
  network: Network,
  block: Block,
  loss: LocalLoss,
  weights: readonly HeadWeights[],
): Head[] =>
  plansOf(network, block, loss).map(({ name, shape, activation, mixes }, i) => ({
    at: block.end,
    name,
    operation: { ...readOut(name, weights[i], shape), ...(mixes && { mixesExamples: () => true }) },
    outputShape: shape,
    activation,
  }));

/** The loss of a block, given what its heads say: (1 − balance)·prediction + balance·similarity where it has both. */
export function objectiveOfHeads(
  pass: Pass,
  logits: readonly Tensor[],
  loss: LocalLoss,
  balance: number,
): Objective {
  if (loss === 'prediction') return pass.objectiveOf(logits);
  const features = logits[logits.length - 1];
  const similarity = similarityObjective(features, targetsOf(pass), pass);
  if (loss === 'similarity') return similarity;
  return weighted([
    [pass.objectiveOf(logits.slice(0, -1)), 1 - balance],
    [similarity, balance],
  ]);
}

/** Σ weight·objective, their outputs side by side. */
export function weighted(parts: readonly (readonly [objective: Objective, weight: number])[]): Objective {
  if (parts.length === 1 && parts[0][1] === 1) return parts[0][0];
  const scaled = (x: Tensor, weight: number) => (weight === 1 ? x : mul(x, weight));
  const each = <T>(of: (objective: Objective, weight: number) => readonly T[]) =>
    parts.flatMap(([objective, weight]) => of(objective, weight));
  return {
    loss: sumOf(parts.map(([{ loss }, weight]) => scaled(loss, weight))) as Tensor,
    losses: each(({ losses }, weight) => losses.map((loss) => scaled(loss, weight))),
    errors: each(({ errors }, weight) => errors.map((error) => scaled(error, weight))),
    predictions: each(({ predictions }) => predictions),
    targets: parts[0][0].targets,
    share: parts[0][0].share,
    weights: parts[0][0].weights,
    along: (changes) => {
      let from = 0;
      return sumOf(
        parts.map(([objective, weight]) => {
          const own = changes.slice(from, from + objective.errors.length);
          from += own.length;
          return scaled((objective.along as NonNullable<Objective['along']>)(own), weight);
        }),
      ) as Tensor;
    },
  };
}
