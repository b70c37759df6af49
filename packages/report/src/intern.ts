/** Gives each value a number, the same one for the same value. */
export class Intern<T> {
  readonly values: T[] = [];
  readonly #numbers = new Map<string, number>();

  /** @param key names the value; the same for those that are the same */
  numberOf(key: string, make: () => T): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.values.length;
    this.values.push(make());
    this.#numbers.set(key, number);
    return number;
  }
}
