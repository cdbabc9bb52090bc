import { type ActivationName, activate, activationGradient, activations } from '@feedalign/backend';
import { type Check, differentiated } from '../check.js';
import { plainActivations } from '../plain/activations.js';
import { byRow, logSumExp } from '../plain/rows.js';
import { drawn, mapped, type Values } from '../values.js';

/** Wide enough that relu6 and hardSigmoid come to both their ends. */
const a = drawn('a', [6, 8], { deviation: 3 });

const check = (activation: ActivationName, plain: (a: Values) => Values): Check =>
  differentiated({
    operation: activation,
    inputs: { a },
    plain: ({ a }) => plain(a),
    // The portable forms are made of the ops that tfjs-layers takes too.
    tfjs: ({ a }) => activations[activation].forward(a),
    feedalign: ({ a }, signal) => {
      const y = activate({ a }, { activation });
      return [
        ['output', y],
        ['a', activationGradient({ signal, y, a }, { activation })],
      ];
    },
  });

export const activationChecks: readonly Check[] = [
  ...Object.entries(plainActivations).map(([name, f]) =>
    check(name as ActivationName, (a) => mapped(a, (each) => f(each))),
  ),
  check('softmax', (a) =>
    byRow(a, (row) => {
      const total = logSumExp(row);
      return row.map((each) => Math.exp(each - total));
    }),
  ),
  check('logSoftmax', (a) =>
    byRow(a, (row) => {
      const total = logSumExp(row);
      return row.map((each) => each - total);
    }),
  ),
];
