// A process of its own: reads changed files one after the other, and says so line by line. Whoever started it ends it when
// a line is too long in coming.
import { writeSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { dice } from '../attack/dice.js';
import { faults, formats } from './formats.js';

const say = (line: object) => writeSync(1, `${JSON.stringify(line)}\n`);

const [name, first, last] = process.argv.slice(2);
console.warn = () => {};
await tf.setBackend('cpu');

for (let i = Number(first); i < Number(last); i++) {
  say({ begun: i });
  let fault: string | undefined;
  try {
    await { ...formats, ...faults }[name](dice('file', name, i))();
  } catch (error) {
    const { name: kind, message, stack } = error as Error;
    if (kind !== 'FeedalignError')
      fault = `${kind ?? typeof error}: ${message ?? error} ${stack?.split('\n')[1]?.trim() ?? ''}`;
  }
  tf.disposeVariables();
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  if (megabytes > 512) fault ??= `took ${megabytes} MB`;
  say({ ended: i, fault });
  // The most that was ever taken does not go back.
  if (megabytes > 512) process.exit(3);
}
