export interface ModelOptions {
  /** Shape of one example, as [28, 28, 1]. */
  readonly inputShape: readonly number[];
  /** Numbers in the output, which is a softmax. */
  readonly classes: number;
  /** Seed of the initial weights. Default 0. */
  readonly seed?: number;
  /** Activation of the hidden layers, a name of tfjs. Default 'relu'. */
  readonly activation?: Activation;
}

type Activation = 'relu' | 'tanh' | 'sigmoid' | 'elu' | 'selu' | 'softplus' | 'swish' | 'mish' | 'linear';
