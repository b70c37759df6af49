import { addHelp, type Configure } from '../command.js';
import { interruptible } from '../foreground/interruptible.js';

interface Options {
  readonly once?: true;
}

export const configure: Configure = (command, cli) => {
  command
    .description(
      'Hands the log to the event sinks, each from where it was, and tells the task monitors of what happens, until it ' +
        'is interrupted. Sinks and monitors are plugins: see docs/plugins.md.',
    )
    .option('--once', 'end when every sink has what is in the log now; monitors are left out')
    .action((options: Options) =>
      cli.inSession(command, async ({ shiplog, output }) => {
        const fed = shiplog.plugins.filter(
          ({ type, status }) =>
            status === 'ok' && (type === 'event-sink' || (type === 'task-monitor' && !options.once)),
        );
        if (fed.length === 0) {
          output.talk('there is nobody to feed: no event sink or task monitor is among the plugins (shiplog plugins)');
          return;
        }
        output.talk(`feeding ${fed.map(({ id }) => id).join(', ')}`);
        await interruptible((signal) => shiplog.feed({ signal, once: options.once ?? false }));
      }),
    );
  addHelp(command, {
    examples: [
      ['shiplog --plugin ./sink.js feed', 'as long as it runs'],
      ['shiplog feed --once', 'from a timer, or before the host goes down'],
    ],
    exitCodes: ['128 + n a signal ended it'],
  });
};
