import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import { useBackend } from '@feedalign/backend';
import { restore } from '@feedalign/layers';
import { lenet5 } from '@feedalign/models';
import { fileSystem } from '@feedalign/models/node';
import { combinators, rules } from '@feedalign/rules';
import { layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { feedalign, linesOf, start, temporaryFolder } from './support.js';

const folder = temporaryFolder();
const small = ['--dataset', 'spirals', '--model', 'mlp:16,8', '--epochs', '3', '--batch', '32'];
/** What may differ from run to run. */
const withoutTimes = ({ seconds: _, imagesPerSecond: __, ...rest }: Record<string, unknown>) => rest;

describe('help', () => {
  it.each(['train', 'compare', 'benchmark', 'convert', 'doctor', 'rules', 'datasets', 'schema'])(
    'of %s has an example',
    async (command) => {
      const { code, stdout, stderr } = await feedalign(command, '--help');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain(`Example:\n  feedalign ${command}`);
      expect(stdout).toMatch(/--verbose {2,}show where/);
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    },
  );
});

describe.concurrent('what is wrong gets one line, exit code 2, and no stack trace', () => {
  const config = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  it.concurrent.each([
    [
      'an unknown rule',
      ['train', '--rule', 'dfaa'],
      /--rule: there is no 'dfaa'\. Did you mean dfa\?.*bp, fa, dfa, ifa, sdfa,.*frozen, perLayer/,
    ],
    [
      'options of a rule that are no JSON',
      ['train', '--rule-options', '{update'],
      /--rule-options: expected record.*"\{update"/,
    ],
    [
      'options that the rule refuses',
      ['train', ...small, '--rule', 'kp', '--rule-options', '{"decay":2}'],
      /^feedalign: --rule-options: The rule 'kp' cannot take decay: 2\. Give the share.*below 1\.\n$/,
    ],
    [
      'a mistyped option of a rule',
      ['train', '--rule', 'fa', '--rule-options', '{"distrbution":"normal"}'],
      /--rule-options: The rule 'fa' has no option 'distrbution'\. Did you mean distribution\? It takes distribution, rank/,
    ],
    [
      'an option of a rule inside a rule',
      ['train', '--rule', 'clipped', '--rule-options', '{"rule":{"rule":"fa","options":{"seed":-1}}}'],
      /--rule-options: rule: The rule 'fa' cannot take seed: -1\. Give a whole number/,
    ],
    [
      'an option of a rule in a config',
      ['train', '--config', config('o.json', '{"rule":"wm","ruleOptions":{"batch":"8"}}')],
      /o\.json: ruleOptions: The rule 'wm' cannot take batch: '8'\. Give a whole number of at least 2/,
    ],
    [
      'options of a rule that are an array',
      ['train', '--rule-options', '[1]'],
      /--rule-options: expected record/,
    ],
    [
      'a distribution that there is not',
      ['compare', '--rules', 'bp,fa', '--feedback', 'unifrom'],
      /--feedback: The rule 'fa' cannot take distribution: 'unifrom'\. Did you mean uniform\?/,
    ],
    [
      'feedback for a rule that draws none',
      ['train', '--rule', 'bp', '--feedback', 'normal'],
      /--feedback: the rule 'bp' has no option 'distribution'\. Leave it out/,
    ],
    [
      'a rule of others that names none',
      ['train', ...small, '--rule', 'clipped'],
      /A rule inside a rule is not named/,
    ],
    [
      'a rule of others in a comparison',
      ['compare', '--rules', 'bp,clipped'],
      /--rules: there is no 'clipped'/,
    ],
    ['an unknown dataset', ['train', '--dataset', 'mnst'], /Did you mean mnist\?/],
    ['an unknown model', ['train', '--model', 'lenet'], /Did you mean lenet5\?/],
    ['a wrong width', ['train', ...small, '--model', 'mlp:16,x'], /'mlp:16,x' names a layer of width 'x'/],
    ['an unknown backend', ['train', '--backend', 'wasn'], /Did you mean wasm\?/],
    ['an unknown optimizer', ['train', '--optimizer', 'adm'], /Did you mean adam\?/],
    ['an unknown flag', ['train', '--lrr', '1'], /unknown option '--lrr' \(Did you mean --lr\?\)/],
    ['an unknown command', ['trian'], /unknown command 'trian' \(Did you mean train\?\)/],
    ['no number', ['train', '--epochs', 'three'], /--epochs: expected number.*"three"/],
    ['a number out of range', ['train', '--lr', '-1'], /--lr: Too small.*-1/],
    [
      'one wrong rule of several',
      ['compare', '--rules', 'bp,fb'],
      /--rules: there is no 'fb'\. Did you mean fa\?/,
    ],
    ['a flag of another command', ['train', '--rules', 'bp'], /unknown option '--rules'/],
    [
      'a rule for convert',
      ['convert', 'x.json', '--rule', 'df'],
      /--rule: there is no 'df'\. Did you mean dfa\?/,
    ],
    [
      'an unknown flag of doctor',
      ['doctor', '--thread', '2'],
      /unknown option '--thread' \(Did you mean --threads\?\)/,
    ],
    ['a mistyped doctor', ['docter'], /unknown command 'docter' \(Did you mean doctor\?\)/],
    ['a backend for doctor', ['doctor', '--backend', 'wams'], /--backend: .*Did you mean wasm\?/],
    ['a setting that is none of the doctor’s', ['doctor', '--epochs', '2'], /unknown option '--epochs'/],
    ['no thread', ['doctor', '--threads', '0'], /--threads: Too small.*0/],
    ['half a thread', ['train', '--threads', '1.5'], /--threads: expected int.*1\.5/],
    ['a backend for convert', ['convert', 'x.json', '--backend', 'wams'], /Did you mean wasm\?/],
    [
      'a wrong type in a config',
      ['train', '--config', config('a.json', '{"epochs":"3"}')],
      /a\.json: epochs: expected number.*"3"/,
    ],
    [
      'an unknown key in a config',
      ['train', '--config', config('b.json', '{"epoch":3}')],
      /b\.json: epoch: there is no such setting\. Did you mean epochs\?/,
    ],
    [
      'a wrong entry in a config',
      ['compare', '--config', config('c.json', '{"rules":["bp","fb"]}')],
      /c\.json: rules\.1: there is no 'fb'/,
    ],
    [
      'a key of another command',
      ['train', '--config', config('d.json', '{"rules":["bp"]}')],
      /d\.json: rules: this command does not take it/,
    ],
    [
      'a config that is no object',
      ['train', '--config', config('e.json', '[1]')],
      /e\.json: the whole file: expected object/,
    ],
    ['a config that is no JSON', ['train', '--config', config('f.json', '{')], /f\.json' is not JSON/],
    [
      'a key that a config has twice',
      ['train', '--config', config('g.json', '{"epochs":2,"\\u0065pochs":3}')],
      /g\.json' has the key 'epochs' twice/,
    ],
    [
      'a config nested without end',
      ['train', '--config', config('h.json', `{"ruleOptions":${'{"a":'.repeat(1e5)}1${'}'.repeat(1e5)}}`)],
      /h\.json' is nested more than 32 deep/,
    ],
    [
      'options that are said twice',
      ['train', '--rule-options', '{"scale":1,"scale":2}'],
      /--rule-options: what it says has the key 'scale' twice/,
    ],
    [
      'options of a rule for convert',
      ['convert', 'x.json', '--rule', 'fa', '--rule-options', '{"scal":2}'],
      /--rule-options: The rule 'fa' has no option 'scal'\. Did you mean scale\?/,
    ],
    [
      'a model that is not there',
      ['train', '--model', 'none.keras'],
      /--model: there is no file 'none\.keras'/,
    ],
    ['a small number', ['train', '--lr', '-0.0000001'], /but found -0\.0000001\.$/m],
    [
      'patience with nothing to wait for',
      ['train', ...small, '--patience', '2', '--validation', '0'],
      /patience is 2, but there is no validation data/,
    ],
    [
      'a missing config',
      ['train', '--config', join(folder, 'none.json')],
      /none\.json' cannot be read \(ENOENT\)/,
    ],
    [
      'a folder that cannot be written',
      ['train', ...small, '--out', join(folder, 'a.json', 'sub')],
      /cannot be written/,
    ],
  ])('%s', async (_title, args, message) => {
    const { code, stderr } = await feedalign(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n').length).toBe(1);
  });
});

describe('what fails gets one line and exit code 1', () => {
  it('a truncated data file: its path, what was expected, what was found', async () => {
    const data = temporaryFolder();
    const labels = join(data, 'train-labels-idx1-ubyte');
    const images = Buffer.concat([
      Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28]),
      Buffer.alloc(2 * 784),
    ]);
    const header = [0, 0, 8, 1, 0, 0, 0, 2];
    for (const part of ['train', 't10k']) writeFileSync(join(data, `${part}-images-idx3-ubyte`), images);
    writeFileSync(join(data, 't10k-labels-idx1-ubyte'), new Uint8Array([...header, 7, 2]));
    // The header promises two labels, and one is there.
    writeFileSync(labels, new Uint8Array([...header, 7]));
    const { code, stderr } = await feedalign('train', '--dataset', 'mnist', '--folder', data);
    expect(code).toBe(1);
    expect(stderr).toContain(labels);
    expect(stderr).toMatch(/expected 10 bytes.*found 9/);
    expect(stderr.trim().split('\n').length).toBe(1);
  });

  it('a run that diverges: epoch, step and layer; the stack only with --verbose; other rules have their turn', async () => {
    const wild = ['--dataset', 'spirals', '--model', 'mlp:16,8', '--epochs', '3', '--lr', '1e38', '--json'];
    const failed = await feedalign('compare', '--rules', 'bp,fa', ...wild, '--verbose');
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(
      /loss became (NaN|Infinity) under the rule 'bp' in epoch 1 at step \d+, beginning in the layer '.+'/,
    );
    expect(failed.stderr).toMatch(/ {4}at /);
    expect(failed.stdout).toContain('"rule":"fa"');
    const quiet = await feedalign('train', '--rule', 'bp', ...wild);
    expect(quiet.stderr.trim().split('\n').length).toBe(1);
  });

  it('a model that cannot be converted: the layer, and what to do', async () => {
    const path = join(folder, 'anysize');
    const model = sequential({
      layers: [
        layers.conv2d({ filters: 1, kernelSize: 2, inputShape: [null, null, 1] as never, name: 'anywhere' }),
        layers.globalAveragePooling2d({}),
      ],
    });
    await model.save(fileSystem(path));
    const { code, stderr } = await feedalign('convert', path);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /'.*' \(\w+\) has the output shape \[\?,\?,1\], which is not fixed\. Give the model/,
    );
  });

  it('a converted model is saved with its note, and restored from it', async () => {
    const [path, out] = [join(folder, 'plain'), join(folder, 'converted')];
    await lenet5({ inputShape: [28, 28, 1], classes: 10 }).save(fileSystem(path));
    const finished = await feedalign('convert', path, '--rule', 'fa', '--out', out);
    expect(finished).toMatchObject({ code: 0, stderr: '' });
    expect(finished.stdout.trim().split('\n').at(-1)).toBe(join(out, 'model.json'));
    await useBackend('cpu');
    const model = await loadLayersModel(fileSystem(out));
    const handle = restore(model, rules);
    expect([handle.rule.name, handle.steps]).toEqual(['fa', 0]);
    handle.revert();
  });

  it('a missing, a wrong and a truncated model', async () => {
    expect((await feedalign('convert', join(folder, 'nowhere.json'))).stderr).toMatch(/does not exist/);
    writeFileSync(join(folder, 'graph.json'), '{"format":"graph-model","modelTopology":{}}');
    expect((await feedalign('convert', join(folder, 'graph.json'))).stderr).toMatch(/is a GraphModel/);
    const path = join(folder, 'short');
    await sequential({ layers: [layers.dense({ units: 3, inputShape: [2] })] }).save(fileSystem(path));
    writeFileSync(join(path, 'model.weights.bin'), new Uint8Array(5));
    const { code, stderr } = await feedalign('convert', path);
    expect(code).toBe(1);
    expect(stderr).toMatch(/should be 36 bytes, but there are 5/);
  });
});

describe('train and compare', () => {
  it('--json prints JSON lines and nothing else, the result last, quiet on stderr', async () => {
    const run = await feedalign('train', '--rule', 'dfa', ...small, '--align', '--json');
    expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: '' });
    const lines = linesOf(run);
    expect(new Set(lines.map(({ type }) => type))).toEqual(
      new Set(['start', 'step', 'epoch', 'end', 'result']),
    );
    expect(lines.at(-1)).toMatchObject({
      type: 'result',
      rule: 'dfa',
      dataset: 'spirals',
      model: 'mlp:16,8',
      backend: 'wasm',
      threads: availableParallelism(),
      seed: 1,
      epochs: 3,
      testAccuracy: expect.any(Number),
      testLoss: expect.any(Number),
      seconds: expect.any(Number),
      imagesPerSecond: expect.any(Number),
      alignment: { start: { units: expect.any(Array) }, end: { weightAngle: expect.any(Number) } },
    });
  });

  it('the same seed gives the same result, another seed another; a config file says the same as flags', async () => {
    const [first, second, other] = await Promise.all([
      feedalign('train', ...small, '--json'),
      feedalign('train', ...small, '--json'),
      feedalign('train', ...small, '--seed', '2', '--json'),
    ]);
    const result = (run: typeof first) => withoutTimes(linesOf(run).at(-1) as Record<string, unknown>);
    expect(result(second)).toEqual(result(first));
    expect(result(other)).not.toEqual(result(first));
    const config = join(folder, 'same.json');
    writeFileSync(config, JSON.stringify({ dataset: 'spirals', model: 'mlp:16,8', epochs: 9, batch: 32 }));
    // A flag goes before the file.
    expect(result(await feedalign('train', '--config', config, '--epochs', '3', '--json'))).toEqual(
      result(first),
    );
  });

  it('any number of threads gives the same result, by a flag or a config file', async () => {
    const config = join(folder, 'threads.json');
    writeFileSync(config, JSON.stringify({ threads: 2 }));
    const [one, two] = await Promise.all([
      feedalign('train', ...small, '--threads', '1', '--json'),
      feedalign('train', ...small, '--config', config, '--json'),
    ]);
    const [first, second] = [one, two].map((run) =>
      withoutTimes(linesOf(run).at(-1) as Record<string, unknown>),
    );
    expect(first).toMatchObject({ backend: 'wasm', threads: 1 });
    expect(second).toEqual({ ...first, threads: 2 });
  });

  it('a rule is told its own options, and rules that are made of others, by JSON', async () => {
    const inner = '{"rule":{"rule":"dfa","options":{"density":0.5}},"norm":2}';
    const [line, plain] = await Promise.all([
      feedalign('train', ...small, '--rule', 'normalized', '--rule-options', inner, '--json'),
      feedalign('train', ...small, '--rule', 'dfa', '--json'),
    ]);
    const config = join(folder, 'normalized.json');
    writeFileSync(config, JSON.stringify({ rule: 'normalized', ruleOptions: JSON.parse(inner) }));
    const file = await feedalign('train', ...small, '--config', config, '--json');
    const result = (run: typeof line) => withoutTimes(linesOf(run).at(-1) as Record<string, unknown>);
    expect(result(line)).toMatchObject({ type: 'result', rule: 'normalized' });
    expect(result(file)).toEqual(result(line));
    expect(result(line).testLoss).not.toBe(result(plain).testLoss);
  });

  // Forward-forward wants a network that is made for it.
  const compared = Object.keys(rules).filter((name) => name !== 'ff');
  it('compare writes its table, results.json and the figure, and says where they are', async () => {
    const out = join(folder, 'runs', 'first');
    const { code, stdout, stderr } = await feedalign('compare', ...small, '--align', '--out', out);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const rule of compared) expect(stdout).toMatch(new RegExp(`│ ${rule} `));
    expect(
      Math.max(
        ...stdout
          .split('\n')
          .filter((line) => line.includes('│'))
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80);
    for (const file of ['results.json', 'figure.svg', 'figure.png'])
      expect(stdout).toContain(join(out, file));
    const { runs } = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8'));
    expect(runs.map((run: { result: { rule: string } }) => run.result.rule)).toEqual(compared);
    expect(readFileSync(join(out, 'figure.svg'), 'utf8')).toContain('Angle between weights and feedback');
    expect([...readFileSync(join(out, 'figure.png')).subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
  });

  it('Ctrl-C ends it with 130, and keeps what was finished', async () => {
    const { child, finished } = start([
      'compare',
      '--rules',
      'frozen,bp',
      ...small,
      '--epochs',
      '100000',
      '--json',
    ]);
    child.stdout?.once('data', () => child.kill('SIGINT'));
    const { code, stderr, stdout } = await finished;
    expect(code).toBe(130);
    expect(stderr).toMatch(/^feedalign: interrupted/);
    expect(stdout).not.toContain('"result"');
  });

  it('ends quietly when its reader has seen enough', async () => {
    const { child, finished } = start(['train', ...small, '--epochs', '100000', '--json']);
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { code, stderr } = await finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe('convert, rules, datasets, schema', () => {
  it('convert reports units, feedback and warnings', async () => {
    const path = join(folder, 'lenet');
    await lenet5({ inputShape: [28, 28, 1], classes: 10 }).save(fileSystem(path));
    const [people, program] = await Promise.all([
      feedalign('convert', join(path, 'model.json'), '--rule', 'dfa'),
      feedalign('convert', path, '--rule', 'dfa', '--json'),
    ]);
    expect(people.stdout).toMatch(/Conv2D/);
    expect(people.stdout).toMatch(/Warning: Convolutions do not align under direct feedback/);
    const [report] = linesOf(program);
    const units = report.units as { className: string; parameters: number; isOutput: boolean }[];
    expect(units.map(({ className }) => className)).toEqual(['Conv2D', 'Conv2D', 'Dense', 'Dense', 'Dense']);
    expect(units.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(61706);
    expect(units.filter(({ isOutput }) => isOutput).length).toBe(1);
    // Ten classes by the outputs of the four hidden units, four bytes each.
    expect(report.feedbackBytes).toBe(4 * 10 * (14 * 14 * 6 + 400 + 120 + 84));
  });

  it('the lists are JSON lines that end in a result, and tables of at most 80 columns', async () => {
    for (const command of ['rules', 'datasets']) {
      const lines = linesOf(await feedalign(command, '--json'));
      expect(lines.at(-1)).toEqual({ type: 'result', count: lines.length - 1 });
      const { stdout } = await feedalign(command);
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    }
  });

  it('the schema of a config file knows the names', async () => {
    const schema = JSON.parse((await feedalign('schema')).stdout);
    expect(schema.properties.rule.enum).toEqual([...Object.keys(rules), ...Object.keys(combinators)]);
    expect(schema.additionalProperties).toBe(false);
    expect(linesOf(await feedalign('schema', '--json'))).toEqual([{ type: 'result', schema }]);
  });
});
