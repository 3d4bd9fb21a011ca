import * as z from 'zod';

/** What can be asked of PayPal. */
export const OPERATIONS = ['token', 'create', 'batch', 'item', 'cancel'] as const;
export type Operation = (typeof OPERATIONS)[number];

/**
 * A fault to come: what goes wrong, at which operation, before or after it was carried out, and how often (`times: null`: for ever).
 * - `status`: an error answer, `status`, `name`, with `Retry-After` where `retry_after` is given;
 * - `hang`: no answer for `delay_ms`; `break`: an answer that breaks off; `garbage`: one that is no JSON;
 * - `deny`: a create is taken in, and DENIED in the end.
 */
export const FaultBody = z.strictObject({
  on: z.enum(OPERATIONS).default('create'),
  when: z.enum(['before', 'after']).default('before'),
  answer: z.enum(['status', 'hang', 'break', 'garbage', 'deny']).default('status'),
  status: z.int().min(400).max(599).default(500),
  name: z.string().min(1).default('INTERNAL_SERVER_ERROR'),
  retry_after: z.int().min(0).nullable().default(null),
  delay_ms: z.int().min(0).max(120_000).default(60_000),
  times: z.int().min(1).nullable().default(1),
  /** Only where the `sender_batch_id`, or else the path, has this in it. */
  match: z.string().min(1).nullable().default(null),
});
export type Fault = z.output<typeof FaultBody>;

/** The fault that strikes now, if any, and the faults that are left. */
export function struck(
  faults: readonly Fault[],
  operation: Operation,
  subject: string,
): { fault: Fault | null; left: Fault[] } {
  const index = faults.findIndex(({ on, match }) => on === operation && (match === null || subject.includes(match)));
  const fault = faults[index];
  if (!fault) return { fault: null, left: [...faults] };
  const again = fault.times === null ? [fault] : fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : [];
  return { fault, left: [...faults.slice(0, index), ...again, ...faults.slice(index + 1)] };
}
