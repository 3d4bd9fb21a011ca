import type { z } from '@hono/zod-openapi';

import { firstOf, type PartnerInput } from '../partner/create-partner.ts';
import { linkRow, linkUrl } from '../partner/link.rules.ts';
import { mintCode } from '../partner/mint.ts';
import { firstFacts } from '../partner/partner.rules.ts';
import { links, partnerFacts, partners } from '../partner/partner.schema.ts';
import { firstView } from '../partner/view.ts';
import { people } from '../people/people.schema.ts';
import { auditRow } from '../program/audit.repo.ts';
import type { Json } from '../program/canonical.rules.ts';
import { guardQuery, guardsFrom, subjectOf, type Statement } from '../program/commit.repo.ts';
import { auditLog } from '../program/program.schema.ts';
import { insertAll, takenOfPartners } from './import.repo.ts';
import type { VerdictCode } from './import.rules.ts';
import { PartnerRow } from './import.schemas.ts';
import {
  applyKeyed,
  type GroupDecision,
  type ImportContext,
  type ImportRow,
  type Operation,
  type RowResult,
} from './operation.ts';

type Input = PartnerInput & { partner_id: string; code?: string | undefined };
type Row = ImportRow<Input>;

/** Rows of one group; each link is a write to the mirror too. */
const MOST = 400;

/** Partners with their first links, many at once, which lead on from that moment. */
export const importPartners: Operation<Input> = {
  kind: 'partners',
  scope: 'partner',
  most: MOST,
  queries: 45 + MOST,
  reads: 10,
  schema: PartnerRow,
  read: (body: z.infer<typeof PartnerRow>) => ({ id: body.partner_id, subject: body.partner_id, input: body }),
  apply: async (context, rows, write) => {
    let codes: readonly string[] = [];
    const outcome = await applyKeyed(context, 'partner', rows, write, async (fresh) => {
      const decided = await decidePartners(context, fresh);
      ({ codes } = decided);
      return decided;
    });
    if (write && codes.length > 0) await context.mirror(codes);
    return outcome;
  },
};

/** A partner about to be opened. */
async function opening({ door, hasher, setting }: ImportContext, { input }: Row) {
  const { partner_id } = input;
  const { now } = door;
  const first = await firstOf(hasher, input);
  const { contact, paypal } = first;
  const code = input.code ?? mintCode();
  const link = linkRow({ code, partner_id, destination: setting.home_url, label: null, recorded_at: now });
  const answer = {
    ...firstView(partner_id, first, now),
    link: { code: link.shown_code, url: linkUrl(setting.public_url, link.shown_code) },
  } as unknown as Json;
  return { partner_id, first, link, answer, persons: paypal ? [contact, paypal] : [contact] };
}

type Opening = Awaited<ReturnType<typeof opening>>;

async function decidePartners(
  context: ImportContext,
  fresh: readonly Row[],
): Promise<GroupDecision & { codes: string[] }> {
  if (fresh.length === 0) return { guards: [], statements: [], results: [], due: 0, codes: [] };
  const { books } = context.door;
  const openings = await Promise.all(fresh.map((row) => opening(context, row)));
  const subjects = openings.flatMap(({ partner_id, first, link }) => [
    subjectOf('partner', partner_id),
    subjectOf('link', link.code),
    ...(first.paypal?.address_hash ? [subjectOf('address', first.paypal.address_hash)] : []),
  ]);
  const guards = guardsFrom(subjects, await guardQuery(books, subjects));
  const taken = await takenOfPartners(books, {
    partner_ids: openings.map((one) => one.partner_id),
    codes: openings.map((one) => one.link.code),
    address_hashes: openings.flatMap((one) => one.first.paypal?.address_hash ?? []),
  });
  const refusal = ({ partner_id, link, first }: Opening): VerdictCode | null => {
    const address = first.paypal?.address_hash ?? null;
    if (taken.partner_ids.has(partner_id)) return 'conflict';
    if (taken.codes.has(link.code)) return 'code_taken';
    if (address !== null && taken.address_hashes.has(address)) return 'address_taken';
    // What this row takes, the next one of the file finds taken.
    taken.partner_ids.add(partner_id);
    taken.codes.add(link.code);
    if (address !== null) taken.address_hashes.add(address);
    return null;
  };
  const refused = openings.map(refusal);
  const opened = openings.filter((_, i) => refused[i] === null);
  const results = openings.map((one, i): RowResult => {
    const code = refused[i] ?? null;
    if (code !== null) return { verdict: 'refused', code };
    return { verdict: 'created', answer: one.answer, subject: subjectOf('partner', one.partner_id) };
  });
  if (opened.length === 0) return { guards: [], statements: [], results, due: 0, codes: [] };
  const statements = rowStatements(context, opened);
  return { guards, statements, results, due: 0, codes: opened.map((one) => one.link.code) };
}

function rowStatements({ door }: ImportContext, opened: readonly Opening[]): Statement[] {
  const { books, now, by, via } = door;
  return [
    ...insertAll(
      books,
      people,
      opened.flatMap((one) => one.persons),
    ),
    ...insertAll(
      books,
      partners,
      opened.map(({ partner_id }) => ({ partner_id, recorded_at: now })),
    ),
    ...insertAll(
      books,
      partnerFacts,
      opened.flatMap(({ partner_id, first }) => firstFacts(partner_id, first, by, now)),
    ),
    ...insertAll(
      books,
      links,
      opened.map((one) => one.link),
    ),
    ...insertAll(
      books,
      auditLog,
      opened.map(({ partner_id, first, link }) =>
        auditRow({
          at: now,
          actor: by,
          via,
          action: 'partner.create',
          subject: subjectOf('partner', partner_id),
          details: { code: link.code, import: true },
          after: { status: first.status, rate_bps: first.rate_bps, country: first.country },
        }),
      ),
    ),
  ];
}
