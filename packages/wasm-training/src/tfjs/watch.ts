import { engine as tfjs } from '@tensorflow/tfjs-core';
import type { Engine } from '../engine.js';

type Method = (...given: unknown[]) => unknown;

/** Puts another function in a method's place; returns what undoes it. */
function wrapped(target: object, name: string, around: (stock: Method) => Method): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name);
  const stock = (target as Record<string, Method>)[name].bind(target);
  Object.defineProperty(target, name, { configurable: true, writable: true, value: around(stock) });
  return () => {
    if (own) Object.defineProperty(target, name, own);
    else Reflect.deleteProperty(target, name);
  };
}

/**
 * Runs `compute`, and tells `refuse` when a kernel of tfjs' own makes data of this backend meanwhile, or when data is read
 * or moved. What is made of plain numbers is a constant, and may be.
 */
export function watched<T>(engine: Engine, refuse: (reason: string) => void, compute: () => T): T {
  const { backend } = engine;
  const running: string[] = [];
  const undo = [
    wrapped(tfjs(), 'runKernel', (stock) => (...given) => {
      running.push(given[0] as string);
      try {
        return stock(...given);
      } finally {
        running.pop();
      }
    }),
    wrapped(backend, 'write', (stock) => (...given) => {
      if (running.length > 0 && !engine.isMaking) refuse(`tfjs' own kernel '${running.at(-1)}' takes part`);
      return stock(...given);
    }),
    // What is written passes `move` too, on its way; data of another backend arrives by it alone.
    wrapped(backend, 'read', (stock) => (...given) => {
      refuse('numbers are read');
      return stock(...given);
    }),
    wrapped(backend, 'readSync', (stock) => (...given) => {
      refuse('numbers are read');
      return stock(...given);
    }),
  ];
  try {
    return compute();
  } finally {
    for (const each of undo) each();
  }
}
