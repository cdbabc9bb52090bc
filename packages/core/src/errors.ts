/** What went wrong, in a word that programs can compare. */
export type ErrorCode =
  | 'unknown-name'
  | 'invalid-option'
  | 'unsupported-layer'
  | 'unsupported-model'
  | 'shape-mismatch'
  | 'unsupported-type'
  | 'out-of-memory'
  | 'engine-failed'
  | 'backend-unavailable'
  | 'bad-data-file'
  | 'not-finite';

/**
 * Every error that feedalign throws on purpose.
 *
 * The message is one sentence that says what was wrong with which input, followed by the way out.
 *
 * @example
 * ```ts
 * try {
 *   convert(model, dfa());
 * } catch (error) {
 *   if (error instanceof FeedalignError && error.code === 'unsupported-layer') console.error(error.message);
 * }
 * ```
 */
export class FeedalignError extends Error {
  override readonly name: string = 'FeedalignError';

  constructor(
    readonly code: ErrorCode,
    readonly problem: string,
    readonly wayOut: string,
    options?: ErrorOptions,
  ) {
    super(`${problem} ${wayOut}`.trim(), options);
  }
}

/** Does something for a layer: an error of ours that comes of it names the layer. */
export function inLayer<T>(layer: { readonly name: string; readonly className: string }, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof FeedalignError) || error.problem.includes(`'${layer.name}'`)) throw error;
    const { code, problem, wayOut } = error;
    const place = `In the layer '${layer.name}' (${layer.className}): `;
    throw new FeedalignError(code, place + problem, wayOut, { cause: error });
  }
}
