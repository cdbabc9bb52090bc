import { describe, expect, it } from 'vitest';
import { fittingTable } from '../src/fitting-table.js';

const drawn = '│ rule │ accuracy │ W to B │';
const cells = {
  head: ['rule', 'accuracy', 'W to B'],
  rows: [
    ['bp', '95.8%', ''],
    ['fa', '92.9%', '88° → 60°'],
  ],
};

describe('fittingTable', () => {
  it('is the table where that fits, or goes to no terminal', () => {
    expect(fittingTable(drawn, cells, drawn.length)).toBe(drawn);
    expect(fittingTable(drawn, cells)).toBe(drawn);
  });

  it('is a block for each row where it does not, without what is empty', () => {
    expect(fittingTable(drawn, cells, drawn.length - 1)).toBe(
      ['bp', '  accuracy  95.8%', 'fa', '  accuracy  92.9%', '  W to B    88° → 60°'].join('\n'),
    );
  });
});
