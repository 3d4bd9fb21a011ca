import { z } from '@hono/zod-openapi';

import { isDay } from '../calendar/zone.rules.ts';
import { formatInstant, parseInstant } from '../clock.ts';

/** Ids and codes of the contract. */
export const Id = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, _ and -, 1 to 64')
  .openapi({ example: 'p_1a2b' });
/** Ids of accounts, payments and refunds, which come from elsewhere. */
export const LongId = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]{1,128}$/, 'letters, digits, _ - . :, 1 to 128')
  .openapi({ example: 'acct_42' });

const FIRST_INSTANT = 946_684_800_000; // 2000-01-01T00:00:00Z
const LAST_INSTANT = 4_133_980_800_000; // 2101-01-01T00:00:00Z

/** An instant as sent: RFC 3339 with any offset, in the years 2000 to 2100. Routes turn it into epoch ms by `toInstant`. */
export const Instant = z
  .string()
  .refine((text) => {
    const at = parseInstant(text);
    return at !== null && at >= FIRST_INSTANT && at < LAST_INSTANT;
  }, 'an RFC 3339 instant in the years 2000 to 2100')
  .openapi({ type: 'string', format: 'date-time', example: '2026-11-20T17:00:00Z' });

/** Epoch ms of an `Instant` that has been validated. */
export function toInstant(text: string): number {
  return parseInstant(text) ?? 0;
}

/** Epoch ms as answers write it; null stays null. */
export function instantOut(at: number): string;
export function instantOut(at: number | null): string | null;
export function instantOut(at: number | null): string | null {
  return at === null ? null : formatInstant(at);
}

/** An instant in an answer. */
export const InstantOut = z.string().openapi({ format: 'date-time', example: '2026-11-20T17:00:00Z' });
/** A program day. */
export const Day = z
  .string()
  .refine(isDay, 'a day YYYY-MM-DD')
  .openapi({ type: 'string', format: 'date', example: '2026-11-20' });

/** The largest amount a request may name, in minor units: well inside 2^53 after every sum a program can reach. */
export const MAX_AMOUNT = 1_000_000_000_000;
/** An amount of minor units, 0 or more. */
export const Amount = z.int().min(0).max(MAX_AMOUNT).openapi({ example: 7900 });
export const PositiveAmount = z.int().min(1).max(MAX_AMOUNT).openapi({ example: 7900 });
export const Bps = z.int().min(0).max(10_000).openapi({ example: 2500 });
export const Currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'an ISO 4217 code')
  .openapi({ example: 'USD' });
export const Email = z.email('an email address').max(254).openapi({ example: 'ann@example.com' });
/** Text of one line, without control characters. */
export const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}*$/u, 'no control characters');
/** Text of several lines; no control characters but line ends and tabs. */
export const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^(?:\P{Cc}|[\n\r\t])*$/u, 'no control characters');
export const Name = line(200);
export const Reason = text(1000);
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 hex digits');

/** RFC 9457, with this program's `code` and, for bad input, the faults by path. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .openapi('Problem');

/** How lists are asked for: an opaque cursor out of the former page, and at most 100 rows. */
export const PageQuery = z.strictObject({
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

/** A list's page. */
export function pageOf<T extends z.ZodType>(row: T) {
  return z.object({ data: z.array(row), next_cursor: z.string().nullable() });
}
