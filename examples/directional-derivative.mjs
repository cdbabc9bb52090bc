// Forward mode: how the outputs of any tfjs model change along a direction of its inputs, in one pass and exactly.
import { useBackend } from '@feedalign/backend';
import { jvp } from '@feedalign/core';
import { trace } from '@feedalign/layers';
import { add, mul, randomNormal, sub } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';

await useBackend('cpu');
const model = sequential({
  layers: [
    layers.lstm({ units: 8, inputShape: [5, 3], recurrentInitializer: 'glorotUniform' }),
    layers.dense({ units: 2 }),
  ],
});
const [x, direction] = [
  randomNormal([1, 5, 3], 0, 1, 'float32', 1),
  randomNormal([1, 5, 3], 0, 1, 'float32', 2),
];

const [{ value, tangent }] = jvp(trace(model), [x], { inputs: [direction] });
console.log('value     ', await value.data());
console.log('derivative', await tangent.data());

const moved = (by) => model.predict(add(x, mul(direction, by)));
const quotient = await mul(sub(moved(0.01), moved(-0.01)), 50).data();
console.log('difference quotient', quotient);
const [[a, b], [c, d]] = [await tangent.data(), quotient];
console.log(`their cosine ${((a * c + b * d) / Math.hypot(a, b) / Math.hypot(c, d)).toFixed(4)}`);
