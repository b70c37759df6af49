import { styleText } from 'node:util';

export type Tone = 'plain' | 'good' | 'busy' | 'bad' | 'faint' | 'strong';

const formats = {
  good: 'green',
  busy: 'yellow',
  bad: 'red',
  faint: 'dim',
  strong: 'bold',
} as const satisfies Record<Exclude<Tone, 'plain'>, Parameters<typeof styleText>[0]>;

export type Paint = (text: string, tone: Tone) => string;

export const paintNothing: Paint = (text) => text;

const paintInColour: Paint = (text, tone) =>
  tone === 'plain' ? text : styleText(formats[tone], text, { validateStream: false });

/**
 * Colour on a terminal that can show it, or wherever FORCE_COLOR asks for it; `0` and `false` ask for none. Never with
 * NO_COLOR (https://no-color.org).
 */
export function paintFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  const { NO_COLOR, FORCE_COLOR, TERM } = env;
  const possible = stream.isTTY === true && TERM !== 'dumb';
  const wanted = FORCE_COLOR ? !['0', 'false'].includes(FORCE_COLOR) : possible;
  return wanted && !NO_COLOR ? paintInColour : paintNothing;
}
