import type { Random } from '../../scripts/demo/random.ts';
import { resolved, sampleOf, type Document, type Operation, type Schema } from './samples.ts';

/** One request to an endpoint of the OpenAPI document. */
export interface Attempt {
  method: string;
  /** Path with its query. */
  path: string;
  headers: Record<string, string>;
  body: string | null;
}

/** Texts that trip parsers, databases and patterns. */
const TEXTS: readonly string[] = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202e‮',
  '🏴‍☠️',
  "x' OR 1=1 --",
  '%',
  '../../etc/passwd',
  '{"$gt":""}',
  '[object Object]',
  'null',
  'NaN',
  '-0',
  '1e400',
  '9007199254740993',
  '2026-02-30T00:00:00Z',
  '2026-13-01',
  '0000-00-00',
  '+275760-09-13T00:00:00.001Z',
  'x'.repeat(70),
  'é'.repeat(129),
  'x'.repeat(5000),
  'ann@',
  '@example.com',
  'a@b@c.example',
  'http://[::1',
  'javascript:alert(1)',
  'https://user:pass@example.com/',
];

/** JSON values of every type, out of bounds and in. */
const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  -1e21,
  2 ** 53,
  1e308,
  [],
  [[]],
  [null],
  {},
  { $gt: '' },
  { toString: 1 },
  { length: -1 },
  ['a', 'a'],
];

/** Bodies that are no JSON object. */
const NO_OBJECTS: readonly string[] = [
  '',
  '{',
  '[]',
  'null',
  '7',
  '"text"',
  '{"a":1',
  '\u0000',
  '{"a":01}',
  'a=1',
  '\ufeff',
];

const text = (random: Random): string => {
  if (random.chance(70)) return random.pick(TEXTS);
  const length = random.between(1, 40);
  return String.fromCharCode(...Array.from({ length }, () => random.between(0, random.chance(50) ? 127 : 0xffff)));
};

/** A path segment or query value: encoded, and now and then encoded wrongly. */
function encoded(value: string, random: Random): string {
  if (random.chance(5)) return random.pick(['%', '%zz', '%ff', '%c0%af', '%00', '%2e%2e%2f']);
  try {
    return encodeURIComponent(value);
  } catch {
    return '%ed%a0%80';
  }
}

/** The JSON types that a schema lets through. */
function typesOf(document: Document, given: Schema): Set<string> {
  const schema = resolved(document, given);
  const union = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (union) return new Set(union.flatMap((one) => [...typesOf(document, one)]));
  if (schema.enum) return new Set(schema.enum.map((value) => typeOf(value)));
  const types = schema.type === undefined ? ['object', 'array', 'string', 'boolean', 'number', 'null'] : [schema.type];
  return new Set(types.flat().flatMap((type) => (type === 'integer' ? ['number'] : [type])));
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function pathOf(
  document: Document,
  path: string,
  operation: Operation,
  ids: Readonly<Record<string, string>>,
  random: Random,
): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const known = ids[name];
    if (known !== undefined && random.chance(60)) return encodeURIComponent(known);
    const parameter = operation.parameters?.find((candidate) => candidate.in === 'path' && candidate.name === name);
    if (parameter && random.chance(20)) return encodeURIComponent(String(sampleOf(document, parameter.schema)));
    return encoded(text(random), random) || 'x';
  });
  const named = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  const query: string[] = [];
  for (const name of named) if (random.chance(50)) query.push(`${name}=${encoded(text(random), random)}`);
  if (random.chance(30)) query.push(`no_such_parameter=${encoded(text(random), random)}`);
  return query.length === 0 ? filled : `${filled}?${query.join('&')}`;
}

const JSON_TYPE = 'application/json';

/** A JSON body out of the document's schema with some fields replaced; with `wrong`, one fault at least that makes it malformed for sure. */
function bodyOf(document: Document, operation: Operation, random: Random, wrong: boolean): string {
  if (wrong && random.chance(15)) return random.pick(NO_OBJECTS);
  const schema = resolved(document, operation.requestBody?.content[JSON_TYPE]?.schema ?? {});
  const sample = sampleOf(document, schema);
  const fields: Record<string, unknown> = typeof sample === 'object' && sample !== null ? { ...sample } : {};
  const names = Object.keys(schema.properties ?? {});
  for (const name of names)
    if (random.chance(25)) fields[name] = random.chance(60) ? text(random) : random.pick(VALUES);
  if (!wrong) return JSON.stringify(fields);
  const typed = names.filter((name) => typesOf(document, schema.properties?.[name] ?? {}).size < 6);
  const required = schema.required ?? [];
  const fault = random.between(1, 3);
  if (fault === 1 && typed.length > 0) {
    const name = random.pick(typed);
    const types = typesOf(document, schema.properties?.[name] ?? {});
    fields[name] = random.pick([...VALUES, 'text'].filter((value) => !types.has(typeOf(value))));
  } else if (fault === 2 && required.length > 0) delete fields[random.pick(required)];
  else
    fields[random.pick(['no_such_field', '__proto__x', 'constructor', '']) + random.between(0, 9)] =
      random.pick(VALUES);
  return JSON.stringify(fields);
}

function noJson(operation: Operation, random: Random): { type: string; body: string } {
  const types = Object.keys(operation.requestBody?.content ?? {});
  const type =
    types.length > 0 && random.chance(70) ? random.pick(types) : random.pick(['text/plain', JSON_TYPE, 'a/b']);
  const rows = Array.from({ length: random.between(0, 4) }, () =>
    [text(random), text(random)].join(random.pick([',', '=', '&', '\n'])),
  );
  return { type, body: rows.join(random.pick(['\n', '&', '\r\n'])) };
}

/**
 * A random request to an endpoint. `malformed`: the body, where the endpoint takes one, is refused for sure; otherwise its fields have the
 * right names and hostile values, some of which may be right. `ids` are of what exists, by the name of the path's parameter.
 */
export function attemptAt(
  document: Document,
  endpoint: { method: string; path: string; operation: Operation },
  ids: Readonly<Record<string, string>>,
  random: Random,
  malformed: boolean,
): Attempt {
  const { method, operation } = endpoint;
  const path = pathOf(document, endpoint.path, operation, ids, random);
  const headers: Record<string, string> = {};
  if (operation.parameters?.some(({ name }) => name === 'idempotency-key') && random.chance(30))
    headers['idempotency-key'] =
      encodeURIComponent(text(random).replaceAll(/[\ud800-\udfff]/g, '')).slice(0, 300) || 'x';
  if (method === 'GET' || method === 'DELETE') return { method, path, headers, body: null };
  const json = operation.requestBody?.content[JSON_TYPE] !== undefined;
  if (json && random.chance(95))
    return {
      method,
      path,
      headers: { ...headers, 'content-type': JSON_TYPE },
      body: bodyOf(document, operation, random, malformed),
    };
  const { type, body } = noJson(operation, random);
  return { method, path, headers: { ...headers, 'content-type': json ? 'text/plain' : type }, body };
}
