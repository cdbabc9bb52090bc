type Part = string | number | boolean | undefined;

/** Spells parts that are mostly the same as the last time. */
export interface Word {
  begin(): void;
  add(part: Part): void;
  /** All parts as one word: the very same string where nothing has changed, which is compared at once. */
  end(): string;
}

export function wordOf(): Word {
  let parts: Part[] = [];
  let word = '';
  let count = 0;
  let isSame = true;
  return {
    begin: () => {
      count = 0;
      isSame = true;
    },
    add: (part) => {
      if (parts[count] !== part || count >= parts.length) {
        isSame = false;
        parts[count] = part;
      }
      count++;
    },
    end: () => {
      if (isSame && count === parts.length) return word;
      parts = parts.slice(0, count);
      word = JSON.stringify(parts);
      return word;
    },
  };
}
