import { useBackend } from '@feedalign/backend';
import '@feedalign/wasm-training';
import { explicitSteps } from './explicit-step.js';
import { workloads } from './workloads.js';
const repeats = process.argv[2] === 'r';
await useBackend('wasm');
const { workload } = workloads.tiny();
const steps = await explicitSteps({ workload, rules: ['bp'], repeats } as never);
const [{ run, units }] = steps;
const N = repeats ? 60000 : 6000;
for (let i = 0; i < N / 4; i++) run();
for (let k = 0; k < 3; k++) { const t = performance.now(); for (let i = 0; i < N; i++) run(); console.log(((performance.now() - t) * 1000) / N / units, 'µs/unit'); }
