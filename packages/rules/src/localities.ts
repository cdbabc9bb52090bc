import {
  createPass,
  type Network,
  type Output,
  type Part,
  type Pass,
  partOf,
  type TensorTree,
  type Unit,
} from '@feedalign/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type Block, type BlockNames, blocksOf } from './blocks.js';
import type { AnyRule } from './combined.js';
import type { HeadWeights } from './heads.js';
import { headsOf, type LocalLoss, objectiveOfHeads, weighted } from './local-heads.js';
import { type PartsOfEnd, partsOf } from './loss-parts.js';

/** What blocks learn by. */
export interface LocalTask extends PartsOfEnd {
  readonly loss: LocalLoss;
  readonly balance: number;
}

/** Blocks that learn together, with their heads, as a network of their own. */
export interface Locality {
  readonly part: Part;
  readonly blocks: readonly Block[];
  /** Outputs of the whole that are in it. */
  readonly outputs: readonly Output[];
}

/** Each block by itself, or, without stops, all of them in the whole network. */
export function localitiesOver(
  network: Network,
  blocks: readonly Block[],
  heads: readonly (readonly HeadWeights[])[],
  { loss, stops }: Pick<LocalTask, 'loss'> & { readonly stops: boolean },
): Locality[] {
  const each = blocks.map((block, i) => headsOf(network, block, loss, heads[i]));
  if (stops) {
    return blocks.map((block, i) => ({
      part: partOf(network, block.nodes, each[i]),
      blocks: [block],
      outputs: [],
    }));
  }
  const { nodes, outputs } = network;
  return [{ part: partOf(network, nodes, each.flat(), outputs), blocks, outputs }];
}

/** What a rule keeps of localities: the units that they teach, and the heads of each block. */
interface Kept {
  readonly units: readonly number[];
  readonly heads: readonly (readonly HeadWeights[])[];
}

/** The localities over the heads that a state has; the same as long as those are. */
export function localitiesBy(
  task: Pick<LocalTask, 'loss'> & { readonly stops: boolean },
  names?: BlockNames,
): (network: Network, kept: Kept) => Locality[] {
  const known = new WeakMap<Kept['heads'][number], Locality[]>();
  return (network, { units, heads }) => {
    if (heads.length === 0) return [];
    const blocks = () => blocksOf(network, names, ({ index }) => units.includes(index));
    const found = known.get(heads[0]) ?? localitiesOver(network, blocks(), heads, task);
    known.set(heads[0], found);
    return found;
  };
}

/** A rule's pass in one locality, and its loss there, a scalar. */
export interface LocalPass {
  readonly pass: Pass;
  readonly loss: Tensor;
}

/** A rule in one locality, within a pass through the whole. */
export function passIn(
  { part, blocks, outputs }: Locality,
  pass: Pass,
  { loss, balance, groups = 1, patches = false }: LocalTask,
  [rule, state, stream]: readonly [rule: AnyRule, state: TensorTree, stream: string],
): LocalPass {
  const record = part.record(pass.record);
  const logits = record.network.outputs.map(({ node }) => record.records[node.id].output);
  const heads = logits.slice(outputs.length);
  const each = heads.length / blocks.length;
  const objectives = blocks.map((_, i) =>
    objectiveOfHeads(pass, heads.slice(i * each, (i + 1) * each), loss, balance),
  );
  const own = outputs.length > 0 ? [pass.objectiveOf(logits.slice(0, outputs.length))] : [];
  const objective = weighted([...own, ...objectives].map((each) => [each, 1]));
  const within = createPass(record, objective, rule, state, {
    ...(outputs.length === 0 && partsOf(part, blocks[0], { groups, patches })),
    get step() {
      return pass.step;
    },
    get rng() {
      return pass.rng.stream(stream);
    },
  });
  return { pass: within, loss: objective.loss };
}

/** The units that are heads. */
export const headUnits = ({ part }: Locality): Unit[] =>
  part.network.units.filter((unit) => !part.unitOf(unit));
