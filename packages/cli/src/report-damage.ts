import type { Damage } from '@shiplog/core';
import type { Output } from './output/output.js';

/** A record that cannot be read stops nothing, and is never passed over in silence (P8). */
export function reportDamage(output: Output): (damage: Damage) => void {
  return ({ position, reason }) => output.talk(`the record at position ${position} cannot be read: ${reason}`);
}
