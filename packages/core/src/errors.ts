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
 * The message is one sentence that says what was wrong with which input, followed by the way out. Names in it may come from
 * files: what would move a terminal's cursor or turn the text around is shown escaped.
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
  readonly problem: string;
  readonly wayOut: string;

  constructor(
    readonly code: ErrorCode,
    problem: string,
    wayOut: string,
    options?: ErrorOptions,
  ) {
    const [shownProblem, shownWayOut] = [printable(problem), printable(wayOut)];
    super(`${shownProblem} ${shownWayOut}`.trim(), options);
    this.problem = shownProblem;
    this.wayOut = shownWayOut;
  }
}

/** Controls, marks that change the direction of writing, separators of lines, and halves of characters. */
const unprintable = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/** A text as it can be shown anywhere: each of its characters that is not for the eye as `\u{1b}`. */
const printable = (text: string): string =>
  text.replace(unprintable, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

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
