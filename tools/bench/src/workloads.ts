import { trace } from '@feedalign/layers';
import { lenet5, mlp, resnet20 } from '@feedalign/models';
import { enableProdMode } from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { type RuleName, usefulWork } from './useful-work.js';
import type { Workload } from './workload.js';

/** What is trained, and the useful work of one step by each rule, in operations. */
export interface Training {
  readonly workload: Workload;
  readonly work: Readonly<Record<RuleName, number>>;
  /** Units of its network. */
  readonly units: number;
}

type Shape = Pick<Workload, 'inputShape' | 'classes'>;

/** Builds the model when it is first asked for: its description goes to the processes that train it. */
function training(batch: number, shape: Shape, make: (shape: Shape) => LayersModel): () => Training {
  let made: Training | undefined;
  return () => {
    if (made) return made;
    // Otherwise the plain backend advises everyone to install another.
    enableProdMode();
    const model = make(shape);
    const topology = model.toJSON(null, false) as object;
    const network = trace(model);
    const work = usefulWork(network, batch);
    made = { workload: { topology, batch, ...shape }, work, units: network.units.length };
    model.dispose();
    return made;
  };
}

const digits: Shape = { inputShape: [784], classes: 10 };

/** The networks of the benchmarks. */
export const workloads = {
  /** 784-1024-1024-10 */
  large: training(128, digits, (shape) => mlp([1024, 1024], shape)),
  /** 784-1024-1024-1024-10 */
  wide: training(128, digits, (shape) => mlp([1024, 1024, 1024], shape)),
  /** 784-112-16-10 */
  small: training(64, digits, (shape) => mlp([112, 16], shape)),
  /** The same with a dropout of a fifth behind its first layer. */
  smallWithDropout: training(64, digits, (shape) =>
    sequential({
      layers: mlp([112, 16], shape).layers.flatMap((layer, i) =>
        i === 1 ? [layer, layers.dropout({ rate: 0.2 })] : [layer],
      ),
    }),
  ),
  /** 128-128²-10 and 128-128³²-10 */
  shallow: training(1024, { inputShape: [128], classes: 10 }, (shape) => mlp(Array(2).fill(128), shape)),
  deep: training(1024, { inputShape: [128], classes: 10 }, (shape) => mlp(Array(32).fill(128), shape)),
  lenet: training(128, { inputShape: [32, 32, 1], classes: 10 }, lenet5),
  resnet: training(32, { inputShape: [32, 32, 3], classes: 10 }, resnet20),
  /** Nine layers so small that their kernels compute next to nothing. */
  tiny: training(4, { inputShape: [4], classes: 4 }, (shape) => mlp(Array(8).fill(4), shape)),
} as const;
