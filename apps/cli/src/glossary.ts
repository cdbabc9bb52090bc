/** A word of the field: its name, its symbol where it has one, and what it is. */
type Word = readonly [word: string, symbol: string, meaning: string];

/** The words of `docs/glossary.md`, which a test compares with these: the report stands alone, without that file. */
export const glossary: readonly Word[] = [
  [
    'unit',
    'l',
    'A layer with weights and what follows it up to the next one: a convolution, its normalization, activation and pooling. Its teaching signal arrives at its end.',
  ],
  ['weights, kernel', 'W', 'What a unit multiplies its input by; [in, out] of a dense layer.'],
  ['pre-activation', 'a', 'h W + b, before the activation f.'],
  ['logits', 'z', 'The pre-activations of the output.'],
  [
    'error',
    'e',
    "∂L/∂z, the derivative of the loss by the logits; ŷ − y under softmax and cross-entropy. A step's own mean over the batch.",
  ],
  [
    'teaching signal',
    'δ',
    'What a unit is told in the place of ∂L/∂a: by backpropagation (δ Wᵀ) ⊙ f′, by the rules something else. The gradient of W is hᵀ δ.',
  ],
  [
    'feedback matrix',
    'B',
    'What stands in for Wᵀ on the way back from the next unit (feedback alignment and its kin). Random, and fixed unless a rule learns it.',
  ],
  [
    'direct feedback matrix',
    'F',
    'What leads the error straight to a unit: δ = (e F) ⊙ f′. Shape [size of the error, size of the unit].',
  ],
  [
    'error on new examples',
    'ε, ε₀',
    'Of a student that learns from a teacher: its mean squared error on new inputs, and that at the start.',
  ],
  [
    'alignment, half',
    't_align, t_half',
    'When the cosine of v and F passes 0.95, and when ε falls below half of ε₀. Times are steps over N.',
  ],
  [
    'student, teacher',
    'K, M, N',
    'How many hidden units a student has, how many its teacher, and how many inputs both.',
  ],
  ['second-layer weights', 'v', 'What a student adds its hidden units up with.'],
  ['overlaps', 'Q, R', "Products of the students' weights among themselves, and with the teacher's, over N."],
  ['learning rate', 'η', 'What a gradient is multiplied by in an update.'],
  [
    'cos δ',
    '',
    "Cosine of the angle between a rule's teaching signal and backpropagation's, at the same weights and batch, all units together. 1 is the same direction, 0 none.",
  ],
  [
    'W to B',
    '',
    'The angle between weights and their feedback: between W and B, or for direct rules between W_l and F_{l−1}ᵀ F_l. 90° at the start; it falls while a network aligns.',
  ],
  [
    'frozen body',
    '`frozen`',
    'The control: hidden units learn nothing, the output does. What a rule reaches beyond it is what its hidden units learned.',
  ],
  [
    'fan-in, fan-out',
    '',
    "How many numbers a unit's output is made of, and how many it goes to: what initializers and feedback are scaled by.",
  ],
  [
    'tangent',
    'a′',
    'How a number moves, to first order, when others move along a direction: what forward mode carries along.',
  ],
  [
    'direction, noise',
    'v',
    'What is perturbed by how much: numbers of a normal distribution, or signs (Rademacher).',
  ],
  [
    'forward gradient',
    '(∇L·v) v',
    'An estimate of a gradient by the derivative along a direction that is drawn; its mean is the gradient.',
  ],
  [
    'local loss',
    'L_l',
    'The loss of a block of layers by itself, by a read-out of its end; what teaches that block, and nothing below it.',
  ],
  [
    'head, read-out',
    '',
    "A linear map of a block's end, the mean over its places, to what a local loss compares with the targets.",
  ],
  [
    'groups, patches',
    'G, P',
    'Equal parts of the channels, and the places of an example: by each of them a local loss can be told apart.',
  ],
  [
    'goodness',
    'G_l',
    "The mean square of what a unit's activation made: high for true labels and low for wrong ones under forward-forward.",
  ],
  [
    'pure rule',
    '',
    'One that follows from the pass, its state and its options alone, so that an engine may repeat its step from a recording.',
  ],
];
