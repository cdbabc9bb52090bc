/**
 * What one number costs in each kind of kernel, counted in multiply-adds of a product: by this it is told whether a
 * kernel is worth dividing among threads. Rough, and measured on one machine; nothing but time depends on it.
 */
export const work = {
  packing: 6,
  summing: 4,
  copying: 4,
  elementwise: 4,
  pooling: 4,
  activation: 8,
  normalizing: 8,
  scaling: 10,
  optimizer: 12,
  noise: 25,
  signs: 3,
  crossEntropy: 50,
} as const;
