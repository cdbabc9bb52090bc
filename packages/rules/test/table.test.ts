import { describe, expect, it } from 'vitest';
import { bp, combinators, dfa, makeRule, type RuleName, rules } from '../src/index.js';

describe('a row of the table of rules', () => {
  it.each(Object.keys(rules) as RuleName[])('%s makes its rule when it is called', (name) => {
    const made = rules[name]();
    expect(made.name).toBe(name);
    expect(made.options).toEqual(rules[name].make().options);
  });

  it('passes on its options, and refuses those that are none', () => {
    expect(rules.dfa({ scale: 2 }).options).toEqual(dfa({ scale: 2 }).options);
    expect(rules.bp().signal.toString()).toBe(bp().signal.toString());
    expect(() => rules.dfa({ scal: 2 })).toThrow("has no option 'scal'");
    const inner = { rule: 'fa', norm: 2 };
    expect(combinators.clipped(inner).options).toEqual(makeRule({ rule: 'clipped', options: inner }).options);
  });
});
