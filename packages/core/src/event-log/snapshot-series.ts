import { InvalidArgumentError } from '../kernel/errors.js';

/** In bytes of UTF-8. */
const maxSeriesBytes = 100;

/** @throws InvalidArgumentError */
export function checkSeries(series: string): void {
  if (series === '' || series.includes('\0') || Buffer.byteLength(series) > maxSeriesBytes) {
    throw new InvalidArgumentError(`a series of snapshots needs a name of 1 to ${maxSeriesBytes} bytes: got ${series}`);
  }
}
