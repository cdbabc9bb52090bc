/** An [m, k] by [k, n] product. */
export interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Which operands are transposed. */
export type Form = 'NN' | 'TN' | 'NT' | 'TT';
export const forms: readonly Form[] = ['NN', 'TN', 'NT', 'TT'];

export const square: Product = { m: 1024, n: 1024, k: 1024 };

/** The first layer of the large network: 128 examples of 784 numbers, 1024 units. */
export const layer: Product = { m: 128, k: 784, n: 1024 };

export const sizesOf = ({ m, n, k }: Product) => (m === n && n === k ? `${m}³` : `${m}×${k}×${n}`);
export const caseName = (product: Product, form: Form) => `${sizesOf(product)} ${form}`;

/** Multiplications and additions. */
export const operations = ({ m, n, k }: Product) => 2 * m * n * k;
