import type { ReportData } from '../src/data.js';

/** What was embedded: JSON, deflated, in base 64. */
export async function readData(text: string): Promise<ReportData> {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return (await new Response(inflated).json()) as ReportData;
}
