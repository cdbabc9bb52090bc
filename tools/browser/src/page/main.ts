import { type Report, report } from './report.js';

const show = (id: string, outcome: Report) => {
  const place = document.getElementById(id);
  if (place) place.textContent = JSON.stringify(outcome, null, 1);
};

const inWorker = () =>
  new Promise<Report>((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message ?? 'the worker could not be loaded'));
  });

const page = await report();
show('page', page);
const worker = await inWorker();
show('worker', worker);
Object.assign(globalThis, { outcome: { page, worker } });
