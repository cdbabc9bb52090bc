import { exampleProducts } from '@feedalign/backend';
import { FeedalignError, type Network, type Node, type Part, type PartsOfLoss } from '@feedalign/core';
import { reshape, type Tensor } from '@tensorflow/tfjs-core';
import type { Block } from './blocks.js';

/** By what parts of its end a block learns: the whole of it by default. */
export interface PartsOfEnd {
  /** So many parts of the channels. */
  readonly groups?: number;
  /** Whether of each place by itself. */
  readonly patches?: boolean;
}

/** Where a block's numbers are apart yet: right behind its last unit, before a pooling or a normalization mixes them. */
function behindUnits({ consumers, units }: Network, { end, nodes }: Pick<Block, 'end' | 'nodes'>): Node {
  const perturbed = units.map(({ activation }) => activation);
  let at = end;
  while (!perturbed.includes(at) && at.operation.parameters.length === 0 && at.inputs.length === 1) {
    const [input] = at.inputs;
    if (!nodes.includes(input) || consumers(input).filter(({ node }) => nodes.includes(node)).length > 1)
      break;
    at = input;
  }
  return at;
}

const mixes = ({ nodes }: Block) => nodes.some(({ operation }) => operation.mixesExamples?.());

/** How a block's loss is taken in parts, of each example by itself; not where its layers mix examples. */
export function partsOf(
  { network, nodeIn }: Part,
  block: Block,
  { groups = 1, patches = false }: PartsOfEnd,
): { readonly parts?: PartsOfLoss } {
  if (mixes(block)) return {};
  const at = behindUnits(network, { end: nodeIn(block.end), nodes: block.nodes.map(nodeIn) });
  return { parts: { at, count: groups * (patches ? placesOf(at) : 1), slope: slopeOfParts } };
}

/**
 * @throws FeedalignError `invalid-option` for groups that a block cannot have
 */
export function checkParts(
  network: Network,
  blocks: readonly Block[],
  parts: PartsOfEnd,
  stops: boolean,
): void {
  const { groups = 1, patches = false } = parts;
  if (groups === 1 && !patches) return;
  const asked = groups > 1 ? `groups: ${groups}` : 'patches: true';
  const refuse = (problem: string, wayOut: string): never => {
    throw new FeedalignError('invalid-option', `The rule 'local' cannot take ${asked} ${problem}.`, wayOut);
  };
  if (!stops) refuse('with stops: false', 'Leave one of them out.');
  for (const block of blocks) {
    const at = behindUnits(network, block);
    const { name, outputShape } = at;
    const channels = outputShape[outputShape.length - 1] ?? 1;
    if (channels % groups > 0) {
      refuse(
        `for the layer '${name}', which has ${channels} channels`,
        'Give a number that divides the channels at the end of each block.',
      );
    }
    if (groups > 1 && !patches && placesOf(at) > 1) {
      refuse(
        `without patches: true for the layer '${name}', which has ${placesOf(at)} places`,
        'Take both, or neither.',
      );
    }
    if (mixes(block)) {
      refuse(
        `for the block that ends at '${name}', whose batch normalization mixes the examples of a batch`,
        'Freeze the normalization, or normalize by layers.',
      );
    }
  }
}

/** How many places an example has at a block's end. */
const placesOf = ({ outputShape }: Node) => outputShape.slice(0, -1).reduce((count, size) => count * size, 1);

function slopeOfParts(signal: Tensor, change: Tensor, parts: number): Tensor {
  const split = (x: Tensor) => (parts === 1 ? x : reshape(x, [x.shape[0] * parts, -1]));
  return exampleProducts({ a: split(signal), b: split(change) }, {});
}
