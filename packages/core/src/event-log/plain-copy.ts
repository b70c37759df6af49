/** Deeper than any event of ours, and far from where a cycle would exhaust the stack. */
const maxDepth = 8;

/**
 * What `JSON.parse(JSON.stringify(value))` gives, at a third of its cost, for what consists of JSON's own values;
 * undefined for everything else.
 */
export function plainCopy(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      // JSON has no -0.
      return Number.isFinite(value) ? value + 0 : undefined;
    case 'object':
      if (value === null) return null;
      return depth === maxDepth ? undefined : copyObject(value, depth + 1);
    default:
      return undefined;
  }
}

function copyObject(value: object, depth: number): unknown {
  if (Array.isArray(value)) return copyArray(value, depth);
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    if (key === '__proto__' || key === 'toJSON') return undefined;
    const member = plainCopy((value as Record<string, unknown>)[key], depth);
    if (member === undefined) return undefined;
    copy[key] = member;
  }
  return copy;
}

function copyArray(value: readonly unknown[], depth: number): unknown {
  if (Object.getPrototypeOf(value) !== Array.prototype) return undefined;
  const copy: unknown[] = [];
  for (const item of value) {
    const member = plainCopy(item, depth);
    if (member === undefined) return undefined;
    copy.push(member);
  }
  return copy;
}
