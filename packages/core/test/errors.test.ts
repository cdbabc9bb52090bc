import { describe, expect, it } from 'vitest';
import { FeedalignError } from '../src/index.js';

describe('FeedalignError', () => {
  it('shows escaped what moves a cursor, turns the text around or ends a line', () => {
    const error = new FeedalignError(
      'unknown-name',
      "No 'a\u001b[2J\r\n\u202eb\u0085\ud800'.",
      'Give\u0000 one.',
    );
    expect(error.problem).toBe("No 'a\\u{1b}[2J\\u{d}\\u{a}\\u{202e}b\\u{85}\\u{d800}'.");
    expect(error.message).toBe(`${error.problem} Give\\u{0} one.`);
  });

  it('leaves what is for the eye as it is', () => {
    const problem = "No 'Schicht α, 層 👩‍🔬 \\n'.";
    expect(new FeedalignError('unknown-name', problem, '').message).toBe(problem);
  });
});
