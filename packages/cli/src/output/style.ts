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

/** Colour only on a terminal that can show it, and never with NO_COLOR (https://no-color.org). */
export function paintFor(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  const wanted = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  return wanted ? paintInColour : paintNothing;
}
