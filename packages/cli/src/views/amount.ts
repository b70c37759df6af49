/** Amounts as docker and podman write them: four digits at most, then the unit. */

const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
const decimalUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Memory: `61.5MiB`. */
export function memoryAmount(bytes: number): string {
  return amount(bytes, 1024, binaryUnits);
}

/** What went over a wire or to a disk: `1.2MB`. */
export function trafficAmount(bytes: number): string {
  return amount(bytes, 1000, decimalUnits);
}

function amount(bytes: number, base: number, units: readonly string[]): string {
  let [value, unit] = [bytes, 0];
  while (value >= base && unit < units.length - 1) [value, unit] = [value / base, unit + 1];
  return `${Number(value.toPrecision(value >= 1000 ? 4 : 3))}${units[unit]}`;
}
