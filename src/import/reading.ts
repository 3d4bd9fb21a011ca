import type { z } from '@hono/zod-openapi';

import type { Mapping } from './formats/format.rules.ts';
import { FORMATS, type FormatName } from './formats/formats.rules.ts';
import type { Kind } from './import.rules.ts';
import { CommissionRow } from './import.schemas.ts';
import { OPERATIONS } from './run.ts';
import type { Reading } from './source.ts';

const INTEGERS: ReadonlySet<string> = new Set(['amount', 'tax_amount', 'rate_bps']);
/** Fields of the plain format that a cell cannot hold. */
const NO_CELL: ReadonlySet<string> = new Set(['users']);

/** What a file is said to be. `country`: of rows that name none. */
export interface FileKind {
  kind: Kind;
  format: FormatName;
  country?: string | undefined;
  content_type: Reading['content_type'];
}

/** How a file's rows become bodies; null where the format has no export of that kind. */
export function readingFor({ kind, format, country, content_type }: FileKind): Reading | null {
  const { shape } = OPERATIONS[kind].schema as z.ZodObject;
  const fields = Object.keys(shape).filter((field) => !NO_CELL.has(field));
  const mapping = format === 'plain' ? null : (FORMATS[format].kinds[kind] ?? null);
  if (format !== 'plain' && mapping === null) return null;
  return { content_type, fields, integers: INTEGERS, mapping: mapping && withCountry(mapping, country) };
}

/** Exports that name no country have one for all rows in the request. */
function withCountry(mapping: Mapping, country: string | undefined): Mapping {
  const rules = mapping.fields['country'];
  if (!rules || country === undefined) return mapping;
  const rest = { from: [], as: 'country', otherwise: country } as const;
  return { ...mapping, fields: { ...mapping.fields, country: [...rules, rest] } };
}

/** Whose export a format is, as people call it. */
export function formatName(format: FormatName): string {
  return format === 'plain' ? 'the plain format' : FORMATS[format].name;
}

/** How a former program's commissions are read, to be compared. */
export function commissionReading(format: FormatName, content_type: Reading['content_type']): Reading {
  const fields = Object.keys(CommissionRow.shape);
  const mapping = format === 'plain' ? null : FORMATS[format].commissions;
  return { content_type, fields, integers: new Set(['amount']), mapping };
}
