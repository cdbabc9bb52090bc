const deepest = 32;

/** A string, or a sign that opens, closes or divides; numbers and words are of no interest. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g;

/**
 * What is wrong with a text that is JSON: a key that an object has twice, of which one would be dropped in silence, or
 * nesting that no setting has.
 */
export function jsonProblem(text: string): string | undefined {
  /** The keys of each object around, none for an array. */
  const around: (Set<string> | undefined)[] = [];
  let last = '';
  for (const [token] of text.matchAll(tokens)) {
    if (token === '{') around.push(new Set());
    else if (token === '[') around.push(undefined);
    else if (token === '}' || token === ']') around.pop();
    else if (token === ':') {
      const key = JSON.parse(last);
      const keys = around.at(-1);
      if (keys?.has(key)) return `has the key '${key}' twice`;
      keys?.add(key);
    }
    if (around.length > deepest) return `is nested more than ${deepest} deep`;
    last = token;
  }
  return undefined;
}
