import { createRng } from '@feedalign/core';
import { trace } from '@feedalign/layers';
import { sgd } from '@feedalign/optim';
import { dfa, makeRule } from '@feedalign/rules';
import { reshape, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import type { Experiment } from '../experiment.js';
import { fixed, mean, overSeeds } from '../statistics.js';
import { torchKernels } from '../training/dense-net.js';
import { follow, meanBetween, type Point } from '../training/follow.js';
import { smallMnist } from '../training/small-mnist.js';

interface Settings {
  readonly images: number;
  readonly channels: number;
  readonly units: number;
  readonly learningRate: number;
  readonly batchSize: number;
}

const arms = ['bp', 'dfa', 'frozen'] as const;

interface Measurement {
  readonly accuracies: Readonly<Record<(typeof arms)[number], number>>;
  /** Under DFA. */
  readonly points: readonly Point[];
  /** Of convolution 2 under DFA after training, from its first input channel to its first output channel. */
  readonly kernel: Rows;
  /** To the first channel of each convolution's output [classes][positions]. */
  readonly feedback: [first: Rows, second: Rows];
}

type Rows = number[][];

/** Two convolutions of 5×5, a hidden dense layer, a softmax. */
function convolutional({ channels, units }: Settings, seed: number) {
  const kernel = torchKernels(seed);
  const hidden = () => ({ activation: 'tanh' as const, ...kernel() });
  return sequential({
    layers: [
      layers.conv2d({ inputShape: [14, 14, 1], filters: channels, kernelSize: 5, ...hidden() }),
      layers.conv2d({ filters: channels, kernelSize: 5, ...hidden() }),
      layers.flatten(),
      layers.dense({ units, ...hidden() }),
      layers.dense({ units: 10, activation: 'softmax', ...kernel() }),
    ],
  });
}

/** Four digits are enough for a figure. */
const rounded = (values: ArrayLike<number>) => Array.from(values, (value) => Number(value.toPrecision(4)));

/** Of a tensor [rows, columns, …] its two leading axes, at the beginning of the others. */
function leading(tensor: Tensor): Rows {
  const [rows, columns, ...rest] = tensor.shape;
  const channels = rest.reduce((product, size) => product * size, 1);
  const values = tensor.dataSync();
  return Array.from({ length: rows }, (_, row) =>
    rounded(Array.from({ length: columns }, (_, column) => values[(row * columns + column) * channels])),
  );
}

const kernelOf = (model: LayersModel) => tidy(() => leading(model.layers[1].getWeights()[0]));

/** F of the first two units, as `train` draws it from this seed. */
const feedbackOf = (model: LayersModel, seed: number, channels: number) =>
  tidy((): Measurement['feedback'] => {
    const network = trace(model);
    const state = dfa().init(network, createRng(seed).stream('feedback'));
    const [first, second] = network.units.map(({ name }) => {
      const matrix = state[name] as Tensor | undefined;
      return matrix ? leading(reshape(matrix, [matrix.shape[0], -1, channels])) : [];
    });
    return [first, second];
  });

/** The convolution as a matrix, [output positions][input positions]: the kernel once in each row, shifted. */
export function toeplitz(kernel: Rows, outputs: number, inputs: number): Rows {
  const [height, width] = [Math.sqrt(outputs), Math.sqrt(inputs)];
  return Array.from({ length: outputs }, (_, output) =>
    Array.from({ length: inputs }, (_, input) => {
      const down = Math.floor(input / width) - Math.floor(output / height);
      const right = (input % width) - (output % height);
      return kernel[down]?.[right] ?? 0;
    }),
  );
}

/** F₂ᵀF₁, of the same shape: what direct feedback would have the weights become. */
export const asked = ([first, second]: Measurement['feedback']): Rows =>
  (second[0] ?? []).map((_, output) =>
    first[0].map((_, input) => first.reduce((sum, row, k) => sum + row[input] * second[k][output], 0)),
  );

const settings: Settings = { images: 17_920, channels: 8, units: 64, learningRate: 1e-3, batchSize: 32 };
const names = ['convolution 1', 'convolution 2', 'dense'];
const atEnd = ({ points }: Measurement, layer: number) => {
  const last = points[points.length - 1].step;
  return meanBetween(points, [last - 100, last], ({ gradients }) => gradients[layer]);
};

export const a10: Experiment<Settings, Measurement> = {
  id: 'A10',
  claim: 'Convolutions cannot align with direct feedback; what they learn is some use all the same.',
  source: "Refinetti, d'Ascoli, Ohana and Goldt 2021 (arXiv:2011.12428), section 6",
  reference: 'conv1 .03, conv2 .17, FC .4–.6; accuracy BP .90, DFA .85, frozen .75',
  criterion: 'conv1 < .1, conv2 < .3, FC > .35; accuracy frozen < DFA < BP',
  settings: { quick: settings, full: settings },
  seeds: { quick: 3, full: 3 },
  numberNames: {
    first: 'alignment, convolution 1',
    second: 'alignment, convolution 2',
    dense: 'alignment, dense',
    bp: 'accuracy, BP',
    dfa: 'accuracy, DFA',
    frozen: 'accuracy, frozen',
  },

  async run(settings, seed, signal, load) {
    const data = await smallMnist(seed, settings.images, load);
    const { learningRate, batchSize, channels } = settings;
    const options = { optimizer: sgd({ learningRate }), reduction: 'sum', batchSize, seed, signal } as const;
    const arm = (name: (typeof arms)[number], see?: (trained: LayersModel) => void) =>
      follow(
        convolutional(settings, seed),
        makeRule(name),
        data,
        { ...options, epochs: 1, alignment: name === 'dfa', reportEvery: 10 },
        see,
      );
    let kernel: Rows = [];
    let feedback: Measurement['feedback'] = [[], []];
    const bp = await arm('bp');
    const dfa = await arm('dfa', (trained) => {
      kernel = kernelOf(trained);
      feedback = feedbackOf(trained, seed, channels);
    });
    const frozen = await arm('frozen');
    return {
      accuracies: { bp: bp.accuracy, dfa: dfa.accuracy, frozen: frozen.accuracy },
      points: dfa.points,
      kernel,
      feedback,
    };
  },

  summary(measurements) {
    const [first, second, dense] = names.map((_, layer) =>
      mean(measurements.map((each) => atEnd(each, layer))),
    );
    const [bp, dfa, frozen] = arms.map((rule) =>
      mean(measurements.map(({ accuracies }) => accuracies[rule])),
    );
    const ordered = measurements.every(({ accuracies: { bp, dfa, frozen } }) => frozen < dfa && dfa < bp);
    return {
      measured: `conv1 ${fixed(2)(first)}, conv2 ${fixed(2)(second)}, FC ${fixed(2)(dense)}; accuracy BP ${fixed(3)(bp)}, DFA ${fixed(3)(dfa)}, frozen ${fixed(3)(frozen)}`,
      numbers: { first, second, dense, bp, dfa, frozen },
      pass: first < 0.1 && second < 0.3 && dense > 0.35 && ordered,
    };
  },

  figure(measurements) {
    const [{ kernel, feedback }] = measurements;
    const wanted = asked(feedback);
    const positions = { rows: 'output position, row by row', columns: 'input position, row by row' };
    return {
      title: 'Convolutions do not align',
      subtitle:
        'DFA, MNIST 14×14, two convolutions of 5×5×8 and a dense layer, tanh; mean ± s.d. over seeds. Matrices of the first seed, after training, from one of eight channels to one of eight',
      source: a10.source,
      panels: [
        {
          title: 'Convolution 2: 25 weights, shared',
          ...positions,
          value: 'weight',
          matrix: toeplitz(kernel, wanted.length, wanted[0]?.length ?? 0),
        },
        {
          title: 'What alignment asks for: F₂ᵀF₁',
          ...positions,
          value: 'entry of F₂ᵀF₁',
          matrix: wanted,
        },
        {
          title: 'Gradient alignment',
          x: { label: 'training step' },
          y: { label: 'mean cosine of δ' },
          references: [{ value: 0, label: 'unrelated' }],
          lines: names.map((name, layer) => ({
            name,
            ...overSeeds(
              measurements.map(({ points }) =>
                points.map(({ step, gradients }) => [step, gradients[layer] ?? Number.NaN] as const),
              ),
            ),
          })),
        },
      ],
    };
  },
};
