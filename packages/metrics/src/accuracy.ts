/**
 * How many rows of `predictions` [count, classes] have their largest entry at the label; the first of equals counts.
 *
 * @example
 * ```ts
 * correctPredictions(await logits.data(), batch.labels) / batch.count;
 * ```
 */
export function correctPredictions(predictions: ArrayLike<number>, labels: ArrayLike<number>): number {
  const classes = predictions.length / labels.length;
  let correct = 0;
  for (let row = 0; row < labels.length; row++) {
    const start = row * classes;
    let best = start;
    for (let i = start + 1; i < start + classes; i++) if (predictions[i] > predictions[best]) best = i;
    if (best - start === labels[row]) correct++;
  }
  return correct;
}
