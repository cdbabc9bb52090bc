/** What went wrong, in a word that programs can compare. */
export type ErrorCode =
  | 'unknown-name'
  | 'invalid-option'
  | 'unsupported-layer'
  | 'unsupported-model'
  | 'shape-mismatch'
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
