export function page(): string {
  return `PAST

Whatever can be asked of now can be asked of any point of the log:

  shiplog tasks --at 120                 after the event of position 120
  shiplog tasks -a --at 2026-01-31T12:00:00Z
                                         at a time
  shiplog state --at 10m web             ten minutes ago; of tasks that were
                                         deleted by then, too
  shiplog mounts --at 120                what was mounted, as the log knew it
  shiplog audit diff 1h                  what has changed in this hour
  shiplog audit diff 120 180             what changed between two positions

A position is exact. A time is what a clock said: the state as of a time is
the one after the last event, in the order of the log, whose time is not
later. Which position that is stands on stderr; if the clock was set back, so
does that.

audit diff compares two states. What happened in between, and by whom, is in
\`shiplog events --from A --to B\`.

Answers come from snapshots, which are made beside the log by whoever has it
open, and a few events behind them. \`shiplog replay --until N\` uses none: it
goes through the log from its first event.`;
}
