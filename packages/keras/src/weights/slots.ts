import type { LayerVariable, layers } from '@tensorflow/tfjs-layers';

/** A place for one weight in a layer as it was made. */
export interface Slot {
  /** What the layer calls it: `kernel`, `query_kernel`. */
  readonly kind: string;
  /** Which part of the layer has it, each by what it is called in a file: a direction, a cell. */
  readonly parts: readonly ((segment: string) => boolean)[];
  readonly variable: LayerVariable;
}

type Layer = layers.Layer;
type Part = Slot['parts'][number];

/** What tfjs' types keep to themselves. */
interface Inside {
  readonly forwardLayer?: Layer;
  readonly backwardLayer?: Layer;
  readonly cell?: Layer;
  readonly cells?: readonly Layer[];
  readonly layer?: Layer;
  readonly _trainableWeights: readonly LayerVariable[];
  readonly _nonTrainableWeights: readonly LayerVariable[];
}

const startsWith =
  (start: string): Part =>
  (segment) =>
    segment.startsWith(start);
const is =
  (name: string): Part =>
  (segment) =>
    segment === name;

/**
 * The places of a layer's weights, part by part, and in each in the order in which the part made them. tfjs' own list, and
 * that of Keras, begins with those that learn: it changes with what is frozen.
 */
export function slotsOf(layer: Layer, parts: readonly Part[] = []): Slot[] {
  const own = layer as unknown as Inside;
  const { forwardLayer, backwardLayer, cells } = own;
  if (forwardLayer && backwardLayer) {
    return [
      ...slotsOf(forwardLayer, [...parts, startsWith('forward_')]),
      ...slotsOf(backwardLayer, [...parts, startsWith('backward_')]),
    ];
  }
  if (cells) return cells.flatMap((each) => slotsOf(each, [...parts, is(each.name)]));
  const inner = own.cell ?? own.layer;
  if (inner) return slotsOf(inner, parts);
  return [...own._trainableWeights, ...own._nonTrainableWeights].map((variable) => ({
    kind: variable.originalName.split('/').at(-1) as string,
    parts,
    variable,
  }));
}
