import { wordsOf } from './typeset.js';

/** What numbers of experiments are where their keys do not say it, by experiment. */
const names: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  A1: {
    residual: 'largest residual',
    condition: 'largest condition',
    weightAlignment: 'least weight alignment',
  },
  A2: {
    dfa: 'max|Δε|/ε₀, erf by DFA',
    bp: 'max|Δε|/ε₀, erf by BP',
    linearDfa: 'max|Δε|/ε₀, linear by DFA',
    linearBp: 'max|Δε|/ε₀, linear by BP',
  },
  A3: {
    held: 'seeds in which it held',
    latestAlignment: 'latest t_align',
    leastLeft: 'least ε/ε₀ at alignment',
  },
  A4: { dfa: 'starts that agree with F, DFA', bp: 'starts that agree with F, BP' },
  A5: {
    right: 'F that came out as claimed',
    total: 'F in all',
    slowest: 'largest ε where n₊ ≥ 2',
    nearest: 'least ε elsewhere',
  },
  A7: {
    first: 'gradient alignment, layer 1',
    second: 'gradient alignment, layer 2',
    third: 'gradient alignment, layer 3',
    start: 'largest |gradient alignment| at step 0',
    highest: 'seeds in which layer 1 is highest',
  },
  A8: {
    cleanWeights: 'weight alignment without noise',
    cleanGradients: 'gradient alignment without noise',
    bottom: 'fall of gradient alignment, lowest layer',
    top: 'fall of gradient alignment, highest layer',
  },
  A10: {
    first: 'alignment, convolution 1',
    second: 'alignment, convolution 2',
    dense: 'alignment, dense',
    bp: 'accuracy, BP',
    dfa: 'accuracy, DFA',
    frozen: 'accuracy, frozen',
  },
  B1: {
    leastFa: 'least accuracy, FA',
    startAngle: 'angle of W and B at the start, degrees',
    endAngle: 'angle of W and B at the end, degrees',
    dfa: 'accuracy, DFA',
    bp: 'accuracy, BP',
    frozen: 'accuracy, frozen',
  },
  B2: { leastShrinkage: 'least shrinkage of the drift', mostShrinkage: 'most shrinkage of the drift' },
  B3: { answers: 'classes answered, BP from zero', kernels: 'largest kernel, BP from zero' },
};

/** What a number of an experiment is, for readers. */
export const numberName = (id: string, key: string): string => names[id]?.[key] ?? wordsOf(key);
