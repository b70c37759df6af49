// Everything that moves a cursor, rings, or hides text: control characters, line and paragraph separators, and the marks that
// turn the direction of writing.
const control = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Text of others (names, messages of programs) on one line, unable to steer the terminal. */
export function printable(text: string): string {
  return text.replace(control, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same for text whose lines are to stay. */
export function printableLines(text: string): string {
  return text.trimEnd().split('\n').map(printable).join('\n');
}
