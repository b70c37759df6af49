export function page(): string {
  return `SUBSCRIPTIONS

A program that sends the log somewhere, or makes something of it, subscribes
under a name, through the library:

  await shiplog.subscriptions.deliver('mirror', async (record) => { ... });

The log keeps how far it has got, so that it goes on there after a crash: each
record at least once, in order, and never a gap. One process at a time reads
under a name. How slow it is, or whether it fails, no task feels.

  shiplog subscriptions                  who reads, how far they are, and what
                                         holds them up
  shiplog subscriptions --json | jq 'select(.lag > 1000)'
                                         who has fallen behind
  shiplog subscriptions --delete mirror  let it begin anew, or be gone

What only looks, and keeps nothing, is \`shiplog events --follow\`.`;
}
