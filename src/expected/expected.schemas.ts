import { z } from '@hono/zod-openapi';

import { Email, Id, InstantOut, Name, pageOf, Reason } from '../http/schema.ts';
import { VERDICTS, type ExpectedPerson } from './list.rules.ts';

const RECEIVED = ['received', 'malformed', 'duplicate'] as const;

/** A row as it is sent. What a person cannot be made of is `malformed`, and the rest of the list stands. */
const RowBody = z.strictObject({
  email: z.string().optional().openapi({ description: 'a row without an address is malformed' }),
  name: z.string().optional(),
  company: z.string().optional(),
});
export type SentRow = z.infer<typeof RowBody>;

export const ListBody = z.array(RowBody).openapi('ExpectedClients');

const blank = (text: string | undefined) => (text === undefined || text.trim() === '' ? null : text);

/** The person that a row names, or null where it is malformed. */
export function personOf({ email, name, company }: SentRow): ExpectedPerson | null {
  const row = z
    .object({ email: Email, name: Name.nullable(), company: Name.nullable() })
    .safeParse({ email: email?.trim(), name: blank(name), company: blank(company) });
  return row.success ? row.data : null;
}

/** What a partner sees of a list. */
export const ReceivedOut = z
  .object({
    list_id: Id,
    rows: z.array(z.object({ row: z.int().min(1), verdict: z.enum(RECEIVED) })),
  })
  .openapi('ReceivedList');

const Counts = { rows: z.int(), received: z.int(), malformed: z.int(), duplicate: z.int() };
const OwnList = z.object({ list_id: Id, received_at: InstantOut, ...Counts }).openapi('OwnExpectedList');

/** What an operator sees of it. */
export const ListOut = z
  .object({
    list_id: Id,
    partner_id: Id,
    received_at: InstantOut,
    ...Counts,
    accepted_at: InstantOut.nullable(),
    accepted_by: z.string().nullable(),
    accepted_until: InstantOut.nullable(),
    reason: z.string().nullable(),
  })
  .openapi('ExpectedList');
export const OwnListsOut = pageOf(OwnList);
export const ListsOut = pageOf(ListOut);

const VerdictCounts = z.object({
  accepted: z.int(),
  existing_account: z.int(),
  tracked_to_another: z.int(),
  listed_by_another: z.int(),
  self_referral: z.int(),
});

export const ListRowsOut = ListOut.extend({
  verdicts: VerdictCounts.openapi({
    description: 'of all received rows: as kept at the acceptance, before it as they would be now',
  }),
  ...pageOf(
    z.object({
      row: z.int().min(1),
      received: z.enum(RECEIVED),
      verdict: z.enum(VERDICTS).nullable(),
      email: z.string().nullable(),
      name: z.string().nullable(),
      company: z.string().nullable(),
      earlier_list_id: Id.nullable().openapi({
        description: 'a list of another partner that was received before, has the address, and waits to be accepted',
      }),
    }),
  ).shape,
}).openapi('ExpectedListRows');

export const AcceptanceBody = z.strictObject({ reason: Reason });
export const AcceptanceOut = z
  .object({ list_id: Id, accepted_at: InstantOut, accepted_until: InstantOut, verdicts: VerdictCounts })
  .openapi('ListAcceptance');
