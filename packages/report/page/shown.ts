// Control characters, line and paragraph separators, and the marks that turn the direction of writing.
const unseen = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Text of others as it is shown: on one line, and unable to pose as something else. */
export function shown(text: string): string {
  return text.replace(unseen, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
