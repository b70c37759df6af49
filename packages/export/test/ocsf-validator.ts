/**
 * Checks an event against the published definitions of OCSF: classes and objects with what they extend, profiles, the
 * dictionary's types, requirements, enumerations and their captions, and constraints. What is not defined is wrong.
 */
import { existsSync, readFileSync } from 'node:fs';

interface Attribute {
  readonly type?: string;
  readonly is_array?: boolean;
  readonly requirement?: string;
  readonly sibling?: string;
  readonly enum?: Readonly<Record<string, { readonly caption: string }>>;
  /** The profile that it comes with; null where it is there without. */
  readonly profile?: string | null;
}

interface Definition {
  readonly name: string;
  readonly caption: string;
  readonly uid?: number;
  readonly category?: string;
  readonly extends?: string;
  readonly attributes: Readonly<Record<string, Attribute>> & { readonly $include?: readonly string[] };
  readonly constraints?: Readonly<Record<string, readonly string[]>>;
}

interface DataType {
  readonly type?: string;
  readonly regex?: string;
  readonly max_len?: number;
  readonly range?: readonly [number, number];
}

const folder = new URL('./fixtures/ocsf-1.8.0/', import.meta.url);
const read = (path: string) => JSON.parse(readFileSync(new URL(path, folder), 'utf8'));
const dictionary: {
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly types: { readonly attributes: Readonly<Record<string, DataType>> };
} = read('dictionary.json');
const categories: {
  readonly attributes: Readonly<Record<string, { readonly uid: number; readonly caption: string }>>;
} = read('categories.json');
export const publishedVersion: string = read('version.json').version;

const classFiles = ['base_event', 'system/system', 'system/process_activity', 'system/file_activity'];
const classes = new Map<string, Definition>(
  classFiles.map((file) => [file.split('/').at(-1) ?? '', read(`events/${file}.json`)]),
);

interface Resolved {
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly atLeastOne: readonly string[];
  readonly category: string | undefined;
}

/** With all that it extends and includes; what is said later holds. */
function resolve(definition: Definition, find: (name: string) => Definition): Resolved {
  const parent = definition.extends ? resolve(find(definition.extends), find) : undefined;
  const { $include = [], ...own } = definition.attributes;
  const attributes: Record<string, Attribute> = { ...parent?.attributes };
  for (const path of $include) {
    const profile: Definition = read(path);
    for (const [name, attribute] of Object.entries(profile.attributes)) {
      attributes[name] = { profile: profile.name, ...attribute };
    }
  }
  for (const [name, attribute] of Object.entries(own)) {
    const before = attributes[name];
    attributes[name] = {
      ...before,
      ...attribute,
      ...(attribute.enum && { enum: { ...before?.enum, ...attribute.enum } }),
    };
  }
  return {
    attributes,
    atLeastOne: definition.constraints?.at_least_one ?? parent?.atLeastOne ?? [],
    category: definition.category ?? parent?.category,
  };
}

function objectOf(name: string): Definition {
  const path = `objects/${name}.json`;
  if (!existsSync(new URL(path, folder))) throw new Error(`the object ${name} is not among the fixtures`);
  return read(path);
}

/** What is wrong with an event, in words; nothing where it is valid. */
export function ocsfProblems(event: Readonly<Record<string, unknown>>): readonly string[] {
  const found = [...classes.values()].find(({ uid, category, ...rest }) => {
    const { category: own } = resolve({ uid, category, ...rest } as Definition, classOf);
    return (categories.attributes[own ?? '']?.uid ?? 0) * 1000 + (uid ?? 0) === event.class_uid;
  });
  if (!found) return [`there is no class ${event.class_uid}`];
  const resolved = resolve(found, classOf);
  const profiles = (event.metadata as { readonly profiles?: readonly string[] } | undefined)?.profiles ?? [];
  const category = categories.attributes[resolved.category ?? ''];
  const problems = check(event, resolved, profiles, found.name);
  if (event.class_name !== found.caption) problems.push(`class_name is not ${found.caption}`);
  if (event.category_uid !== category?.uid) problems.push(`category_uid is not ${category?.uid}`);
  if (event.category_name !== category?.caption) problems.push(`category_name is not ${category?.caption}`);
  if (event.type_uid !== Number(event.class_uid) * 100 + Number(event.activity_id)) problems.push('type_uid is off');
  return problems;
}

function classOf(name: string): Definition {
  const definition = classes.get(name);
  if (!definition) throw new Error(`the class ${name} is not among the fixtures`);
  return definition;
}

function check(
  value: Readonly<Record<string, unknown>>,
  { attributes, atLeastOne }: Resolved,
  profiles: readonly string[],
  path: string,
): string[] {
  const problems: string[] = [];
  const known = new Set<string>();
  for (const [name, given] of Object.entries(attributes)) {
    if (given.profile && !profiles.includes(given.profile)) continue;
    known.add(name);
    const base = dictionary.attributes[name];
    const attribute: Attribute = {
      ...base,
      ...given,
      ...((base?.enum || given.enum) && { enum: { ...base?.enum, ...given.enum } }),
    };
    if (value[name] === undefined) {
      if (attribute.requirement === 'required') problems.push(`${path}.${name} is required`);
      continue;
    }
    problems.push(...checkAttribute(value, name, attribute, profiles, path));
  }
  for (const name of Object.keys(value)) if (!known.has(name)) problems.push(`${path}.${name} is not defined`);
  if (atLeastOne.length > 0 && !atLeastOne.some((name) => value[name] !== undefined)) {
    problems.push(`${path} has none of ${atLeastOne.join(', ')}`);
  }
  return problems;
}

function checkAttribute(
  owner: Readonly<Record<string, unknown>>,
  name: string,
  attribute: Attribute,
  profiles: readonly string[],
  path: string,
): readonly string[] {
  const at = `${path}.${name}`;
  const value = owner[name];
  const items = attribute.is_array ? (Array.isArray(value) ? value : [{ not: 'an array' }]) : [value];
  const problems = items.flatMap((item) => checkValue(item, attribute.type ?? '', profiles, at));
  // The schema compiler fills in these two for each class; `ocsfProblems` checks them.
  if (!attribute.enum || name === 'class_uid' || name === 'category_uid') return problems;
  const member = attribute.enum[String(value)];
  if (!member) return [...problems, `${at} is none of its enumeration: ${value}`];
  const sibling = attribute.sibling === undefined ? undefined : owner[attribute.sibling];
  const own = String(value) === '99';
  if (sibling !== undefined && !own && sibling !== member.caption)
    problems.push(`${path}.${attribute.sibling} is not ${member.caption}`);
  if (own && sibling === undefined) problems.push(`${path}.${attribute.sibling} has to say what is other`);
  return problems;
}

function checkValue(value: unknown, type: string, profiles: readonly string[], path: string): readonly string[] {
  if (type.endsWith('_t')) return checkType(value, type, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no object`];
  if (type === 'object') return [];
  return check(value as Record<string, unknown>, resolve(objectOf(type), objectOf), profiles, path);
}

function checkType(value: unknown, type: string, path: string): readonly string[] {
  const { type: base, regex, max_len: longest, range } = dictionary.types.attributes[type] ?? {};
  if (base) {
    const problems = [...checkType(value, base, path)];
    if (regex && !new RegExp(regex).test(String(value))) problems.push(`${path} does not match ${regex}`);
    if (longest !== undefined && String(value).length > longest) problems.push(`${path} is too long`);
    if (range && (Number(value) < range[0] || Number(value) > range[1])) problems.push(`${path} is out of range`);
    return problems;
  }
  const held: Readonly<Record<string, boolean>> = {
    boolean_t: typeof value === 'boolean',
    integer_t: Number.isSafeInteger(value),
    long_t: Number.isSafeInteger(value),
    float_t: typeof value === 'number',
    string_t: typeof value === 'string',
    json_t: true,
  };
  return held[type] === true ? [] : [`${path} is no ${type}`];
}
