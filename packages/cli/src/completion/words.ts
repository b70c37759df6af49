/** To bash, `--flag=value` is three words, and only the last one of them is replaced. */
export function joinBashWords(words: readonly string[]): readonly string[] {
  const joined: string[] = [];
  let open = false;
  for (const word of words) {
    const last = joined.at(-1) ?? '';
    if (word === '=' && last.startsWith('--') && !last.includes('=')) {
      joined[joined.length - 1] = `${last}=`;
      open = true;
    } else if (open) {
      joined[joined.length - 1] = `${last}${word}`;
      open = false;
    } else {
      joined.push(word);
    }
  }
  return joined;
}

export function bashCandidate(value: string): string {
  return value.replace(/^--[^=]+=/, '');
}
