/** How a window moves over an image. */
export interface PoolingAttributes {
  readonly poolSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: 'same' | 'valid';
}
