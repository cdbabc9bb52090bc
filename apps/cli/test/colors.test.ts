import { ruleColors } from '@feedalign/figures';
import { rules } from '@feedalign/rules';
import { expect, it } from 'vitest';

it('every rule has its own place among the colours', () => {
  expect([...ruleColors.keys()].sort()).toEqual(Object.keys(rules).sort());
});
