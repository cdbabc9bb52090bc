import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-wasm';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import { type Browser, chromium } from 'playwright-core';
import { build, createServer, preview } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium, installChromium } from '../src/chromium.js';
import type { Report } from '../src/page/report.js';
import { type Outcome, trainBoth } from '../src/page/training.js';
import { makeProject } from '../src/project.js';

// The packages as `npm test` has built them, in pages that Vite serves.

const executablePath = findChromium() ?? (await installChromium());
const isMissing = executablePath === undefined;
if (isMissing) {
  console.warn(
    'The browser is not tested: no Chromium is at hand. Name one in CHROMIUM_PATH, or install Playwright’s own by `npx playwright install chromium`.',
  );
}
// Where a machine checks what people rely on, a part that was left out is no pass.
it.runIf(process.env.CI)('there is a browser to test', () => {
  expect(isMissing).toBe(false);
});

/** With these a page is cross-origin isolated, and its workers may share memory. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

interface Site {
  readonly url: string;
  close(): Promise<void>;
}

/** What the page is served by; no configuration but where the project lies. */
const vite = (root: string) => ({ root, configFile: false, logLevel: 'error' }) as const;

const sites = {
  'vite build and preview': async (root: string, headers: Record<string, string>): Promise<Site> => {
    await build(vite(root));
    const server = await preview({ ...vite(root), preview: { port: 0, headers } });
    return { url: server.resolvedUrls?.local[0] as string, close: () => server.close() };
  },
  'the dev server': async (root: string, headers: Record<string, string>): Promise<Site> => {
    const server = await createServer({ ...vite(root), server: { port: 0, headers } });
    await server.listen();
    return { url: server.resolvedUrls?.local[0] as string, close: () => server.close() };
  },
};

describe.skipIf(isMissing)('a page served by Vite', { timeout: 60_000 }, () => {
  let root: string;
  let browser: Browser;
  let expected: Outcome;

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'feedalign-browser-'));
    makeProject(root);
    browser = await chromium.launch({ executablePath });
    await tf.setBackend('wasm');
    expected = await trainBoth();
  }, 900_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(root, { recursive: true, force: true });
  });

  /** Opens the page and waits for what it and its worker tell; whatever the console complains of is told too. */
  async function visit(url: string): Promise<{ outcome: Outcomes; complaints: string[] }> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    try {
      await page.goto(url);
      await page.waitForFunction(() => 'outcome' in globalThis);
      const outcome = await page.evaluate(() => (globalThis as unknown as { outcome: Outcomes }).outcome);
      return { outcome, complaints };
    } finally {
      await page.close();
    }
  }

  describe.each(Object.entries(sites))('%s', (_name, serve) => {
    it.each([
      ['cross-origin isolated', isolation],
      ['not isolated', {}],
    ])('%s: page and worker train as Node does', async (_title, headers: Record<string, string>) => {
      const site = await serve(root, headers);
      try {
        const { outcome, complaints } = await visit(site.url);
        for (const [where, { stock, dfa, engine, isIsolated, cores, error }] of Object.entries(outcome)) {
          expect(error, where).toBeUndefined();
          expect(isIsolated, where).toBe(headers === isolation);
          expect(engine, where).toBeDefined();
          expect((engine?.threads ?? 0) > 1, `${where}: threads`).toBe(isIsolated && cores > 1);
          expectSame(stock, expected.stock);
          expectSame(dfa, expected.dfa);
        }
        expect(complaints).toEqual([]);
      } finally {
        await site.close();
      }
    });
  });

  it('that forbids workers of its own making: one thread does the work, and says so', async () => {
    const policy = { 'Content-Security-Policy': "worker-src 'self'" };
    const site = await sites['vite build and preview'](root, { ...isolation, ...policy });
    try {
      const { outcome, complaints } = await visit(site.url);
      for (const [where, { stock, dfa, engine, isIsolated, error }] of Object.entries(outcome)) {
        expect(error, where).toBeUndefined();
        expect(isIsolated, where).toBe(true);
        expect(engine?.threads, where).toBe(1);
        expectSame(stock, expected.stock);
        expectSame(dfa, expected.dfa);
      }
      expect(complaints.join('\n')).toMatch(/feedalign: threads cannot be used here, one will do the work/);
    } finally {
      await site.close();
    }
  });
});

type Outcomes = Readonly<Record<'page' | 'worker', Report>>;

/** Losses that fall, and are the same in the page as in Node. */
function expectSame(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  expect(found[found.length - 1]).toBeLessThan(0.8 * found[0]);
  found.forEach((loss, epoch) => {
    expect(Math.abs(loss - expected[epoch]) / expected[epoch]).toBeLessThan(1e-4);
  });
}
