import { Command, Option } from 'commander';
import { z } from 'zod';
import { commandName } from './command-name.js';
import { defaults, defaultsOfCommands, defaultsOfDatasets } from './defaults.js';
import { print } from './output.js';
import { flagOf, readSettings } from './read-settings.js';
import { configSchema, type SettingName, type Settings, settings, settingsOf } from './settings.js';

/** The command line `feedalign`. Commands load what they need when they run, so that help comes at once. */
export function createProgram(version: string): Command {
  const program = new Command(commandName)
    .description('Train TensorFlow.js models by feedback alignment and its kin, and see how they learn.')
    .version(version)
    .option('--verbose', 'show where in the program an error came from')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', example('compare --rules bp,fa,dfa,frozen --epochs 3 --align --out runs/first'));

  withSettings(program.command('train'), settingsOf.train, defaultsOfCommands.train)
    .description('train one model by one rule')
    .addHelpText(
      'after',
      example('train --dataset mnist --model mlp:112,16 --rule dfa --lr 0.05 --epochs 5 --align'),
    )
    .action(async (flags) => {
      const checked = readSettings(flags, settingsOf.train, defaultsOfCommands.train);
      const { trainCommand } = await import('./commands/train.js');
      await trainCommand(checked, [checked.rule], flags);
    });

  withSettings(program.command('compare'), settingsOf.compare, defaultsOfCommands.compare)
    .description('train the same model by several rules, and draw them together')
    .addHelpText('after', example('compare --rules bp,fa,dfa,frozen --epochs 3 --align --out runs/first'))
    .action(async (flags) => {
      const checked = readSettings(flags, settingsOf.compare, defaultsOfCommands.compare);
      const { trainCommand } = await import('./commands/train.js');
      await trainCommand(checked, checked.rules, flags);
    });

  withSettings(program.command('benchmark'), settingsOf.benchmark)
    .description('compare rules at equal budget: learning rates chosen on validation data, several seeds')
    .addHelpText(
      'after',
      example('benchmark --rules bp,fa,dfa,frozen --model mlp:128,128 --epochs 3 --out runs/benchmark'),
    )
    .action(async (flags) => {
      const checked = readSettings(flags, settingsOf.benchmark);
      const { benchmarkCommand } = await import('./commands/benchmark.js');
      await benchmarkCommand(checked, flags);
    });

  withSettings(program.command('convert'), settingsOf.convert)
    .description('show what a model would be under a rule: its units, its feedback, and what to expect')
    .argument('<model>', 'model.json of tfjs or Keras, a .keras or .h5 file, a folder, or a URL')
    .addHelpText('after', example('convert path/to/model.keras --rule dfa --out converted'))
    .action(async (path, flags) => {
      const checked = readSettings(flags, settingsOf.convert);
      const { convertCommand } = await import('./commands/convert.js');
      await convertCommand(path, checked, flags);
    });

  withFlags(program.command('reproduce'), ofReproduce)
    .description('run experiments of the papers, and see whether their claims hold')
    .argument('[ids...]', "A1, B2, …, or 'all'")
    .option('--list', 'show the experiments, and run none')
    .option('--only <ids>', 'ids with commas between')
    .option('--seeds <n>', 'seeds for each, from 1 on (default: as the experiment says)')
    .addOption(new Option('--quick', 'short settings (default)').conflicts('full'))
    .option('--full', 'the full settings and seeds')
    .option('--folder <dir>', 'a folder with a folder for each dataset of yours, by its name')
    .option('--report <dir>', 'write index.html here: every figure, number and verdict in one page')
    .option('--json', 'print JSON, one object a line, the result last')
    .addHelpText('after', example('reproduce A1 A3 B2 --report runs/theory'))
    .action(async (ids, flags) => {
      const checked = readSettings(flags, [...ofReproduce, 'seeds', 'folder']);
      const { reproduceCommand } = await import('./commands/reproduce.js');
      await reproduceCommand(ids, checked, flags, version);
    });

  withFlags(program.command('doctor'), settingsOf.doctor)
    .description('see what can run here and how fast, and check the gradients that training needs')
    .option('--json', 'print one JSON object')
    .addHelpText('after', example('doctor --backend wasm --threads 2'))
    .action(async (flags) => {
      const checked = readSettings(flags, settingsOf.doctor);
      const { doctorCommand } = await import('./commands/doctor.js');
      await doctorCommand(checked, flags);
    });

  program
    .command('rules')
    .description('list the rules')
    .option('--json', 'print JSON, one object a line')
    .addHelpText('after', example('rules --json'))
    .action(async (flags) => (await import('./commands/list.js')).rulesCommand(flags));

  program
    .command('datasets')
    .description('list the datasets')
    .option('--json', 'print JSON, one object a line')
    .addHelpText('after', example('datasets --json'))
    .action(async (flags) => (await import('./commands/list.js')).datasetsCommand(flags));

  program
    .command('schema')
    .description('print the JSON Schema of a config file')
    .option('--json', 'print it as the result, on one line')
    .addHelpText('after', example('schema > config.schema.json'))
    .action(({ json }) => {
      const schema = configJsonSchema();
      const text = json ? JSON.stringify({ type: 'result', schema }) : JSON.stringify(schema, null, 2);
      print(`${text}\n`);
    });

  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: print,
      // One line: commander puts its suggestion on a second.
      outputError: (text, write) => write(`${text.trim().replace(/\s*\n\s*/g, ' ')}\n`),
    });
  }
  return program;
}

/** The JSON Schema of a config file. */
export const configJsonSchema = () => z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });

const ofReproduce: readonly SettingName[] = ['backend', 'threads', 'out'];

const example = (line: string) => `\nExample:\n  ${commandName} ${line}\n`;

/** `(default: 5; blobs 30, spirals 100)` */
function defaultText(name: SettingName, ofCommand: Partial<Settings>, byDataset: boolean): string {
  const standard = ({ ...defaults, ...ofCommand } as Partial<Settings>)[name];
  if (standard === undefined || standard === false) return '';
  const others = Object.entries(byDataset ? defaultsOfDatasets : {})
    .filter(([, own]) => own[name] !== undefined)
    .map(([dataset, own]) => `${dataset} ${own[name]}`);
  const text = Array.isArray(standard) ? standard.join(', ') : standard;
  return ` (default: ${[text, ...(others.length > 0 ? [others.join(', ')] : [])].join('; ')})`;
}

function withFlags(
  command: Command,
  names: readonly SettingName[],
  ofCommand: Partial<Settings> = {},
): Command {
  for (const name of names) {
    const { value, description } = settings[name] as { value?: string; description: string };
    const shown = description + defaultText(name, ofCommand, names.includes('dataset'));
    command.addOption(new Option(value ? `${flagOf(name)} <${value}>` : flagOf(name), shown));
  }
  if (names.includes('out')) command.option('--force', 'write over another run in the same folder');
  return command;
}

function withSettings(
  command: Command,
  names: readonly SettingName[],
  ofCommand: Partial<Settings> = {},
): Command {
  return withFlags(command, names, ofCommand)
    .option('--config <file>', 'JSON file with the same settings by the same names; flags go before it')
    .option('--json', 'print JSON, one object a line, the result last');
}
