import { Argument, Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { complete, type Sources } from '../../src/completion/complete.js';

function program(): Command {
  const root = new Command('ship').option('--root <dir>', 'a folder').option('--json', 'as JSON');
  root.command('sail').alias('go').summary('set sail');
  root.command('sink').summary('go down');
  root.command('harbour').summary('in port');
  root.command('crew').summary('run somebody');
  return root;
}

/** What the commands take is loaded when they are named. */
async function load(command: Command): Promise<void> {
  if (command.name() === 'sail') {
    command
      .argument('<task...>', 'ships')
      .option('-w, --wind <wind>', 'from where')
      .addOption(new Option('--pace <pace>', 'how').choices(['slow', 'fast']))
      .option('--log <file>', 'where to write')
      .option('-q, --quiet', 'say nothing');
  }
  if (command.name() === 'sink') command.addArgument(new Argument('<ship>', 'which').choices(['fram', 'gjoa']));
  if (command.name() === 'harbour') command.command('leave').summary('go out');
  if (command.name() === 'leave') command.option('--tide <wind>', 'when').argument('<task>', 'which');
  if (command.name() === 'crew')
    command.argument('<task>', 'the new one').argument('[cmd...]', 'its program').option('--task <task>');
}

const sources: Sources = {
  wind: async () => ['north', 'south'].map((value) => ({ value, description: `from the ${value}` })),
  task: async ({ values, operands }) =>
    ['a', 'b', 'c'].map((value) => ({ value, description: `${values.root ?? ''}${operands.length}` })),
};

async function values(...words: readonly string[]) {
  const { candidates, paths } = await complete(program(), words, load, sources);
  return [...candidates.map(({ value }) => value), `:${paths}`];
}

describe('complete', () => {
  it.each<[readonly string[], readonly string[]]>([
    [[''], ['sail', 'go', 'sink', 'harbour', 'crew', ':none']],
    [['s'], ['sail', 'sink', ':none']],
    [['--j'], ['--json', ':none']],
    [['--root', ''], [':dirs']],
    [
      ['--root=x', 's'],
      ['sail', 'sink', ':none'],
    ],
    [
      ['sail', '--'],
      ['--wind', '--pace', '--log', '--quiet', '--help', ':none'],
    ],
    [
      ['go', '--w'],
      ['--wind', ':none'],
    ],
    [
      ['sail', '--wind', ''],
      ['north', 'south', ':none'],
    ],
    [
      ['sail', '-w', 'n'],
      ['north', ':none'],
    ],
    [
      ['sail', '-wnorth', ''],
      ['a', 'b', 'c', ':none'],
    ],
    [
      ['sail', '--wind=s'],
      ['--wind=south', ':none'],
    ],
    [
      ['sail', '--pace', 'f'],
      ['fast', ':none'],
    ],
    [['sail', '--log', 'x'], [':files']],
    [
      ['sail', '-q', 'a', ''],
      ['b', 'c', ':none'],
    ],
    [['sail', '--', '-'], [':none']],
    [
      ['sink', ''],
      ['fram', 'gjoa', ':none'],
    ],
    [['sink', 'fram', ''], [':none']],
    [['crew', ''], [':none']],
    [
      ['crew', '--task', ''],
      ['a', 'b', 'c', ':none'],
    ],
    [['crew', 'x', '--'], [':none']],
    [['crew', 'x', 'ls', '--'], [':none']],
    [
      ['harbour', ''],
      ['leave', ':none'],
    ],
    [
      ['harbour', 'leave', '--t'],
      ['--tide', ':none'],
    ],
    [
      ['harbour', 'leave', ''],
      ['a', 'b', 'c', ':none'],
    ],
    [['harbour', 'sink', ''], [':none']],
    [['mutiny', ''], [':none']],
    [
      ['sail', '--nonsense=x', ''],
      ['a', 'b', 'c', ':none'],
    ],
    [[], ['sail', 'go', 'sink', 'harbour', 'crew', ':none']],
  ])('%j can go on with %j', async (words, expected) => {
    expect(await values(...words)).toEqual(expected);
  });

  it('tells what each candidate is', async () => {
    const { candidates } = await complete(program(), ['sail', '--wi'], load, sources);
    expect(candidates).toEqual([{ value: '--wind', description: 'from where' }]);
  });

  it('asks with what is typed already', async () => {
    const { candidates } = await complete(program(), ['--root', '/r', 'sail', 'c', 'b'], load, sources);
    expect(candidates).toEqual([{ value: 'b', description: '/r1' }]);
  });
});
