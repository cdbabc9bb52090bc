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
import type { Block } from './blocks.js';
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

/** A rule's pass in one locality, within a pass through the whole. */
export function passIn(
  { part, blocks, outputs }: Locality,
  pass: Pass,
  { loss, balance, groups = 1, patches = false }: LocalTask,
  [rule, state, stream]: readonly [rule: AnyRule, state: TensorTree, stream: string],
): Pass {
  const record = part.record(pass.record);
  const logits = record.network.outputs.map(({ node }) => record.records[node.id].output);
  const heads = logits.slice(outputs.length);
  const each = heads.length / blocks.length;
  const objectives = blocks.map((_, i) =>
    objectiveOfHeads(pass, heads.slice(i * each, (i + 1) * each), loss, balance),
  );
  const own = outputs.length > 0 ? [pass.objectiveOf(logits.slice(0, outputs.length))] : [];
  const objective = weighted([...own, ...objectives].map((each) => [each, 1]));
  return createPass(record, objective, rule, state, {
    ...(outputs.length === 0 && partsOf(part, blocks[0], { groups, patches })),
    get step() {
      return pass.step;
    },
    get rng() {
      return pass.rng.stream(stream);
    },
  });
}

/** The units that are heads. */
export const headUnits = ({ part }: Locality): Unit[] =>
  part.network.units.filter((unit) => !part.unitOf(unit));
