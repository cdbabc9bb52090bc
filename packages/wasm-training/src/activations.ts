/** The activations that kernels compute, as `assembly/activations.ts` numbers them. */
export const activationNumbers = { linear: 0, relu: 1, relu6: 2 } as const;

export type FastActivation = keyof typeof activationNumbers;

export const isFast = (name: string): name is FastActivation => Object.hasOwn(activationNumbers, name);
