import { readPolicy } from '../policy/policy.repo.ts';
import type { Database } from '../program/commit.repo.ts';
import { paidInYear, recordsOf } from './yearly.repo.ts';
import {
  partnerCsv,
  partnerYear,
  taxYear,
  yearCsvHeading,
  yearFrame,
  type PartnerYear,
  type TaxYear,
  type YearFrame,
} from './yearly.rules.ts';

const PAGE_PARTNERS = 1000;

async function readFrame(db: Database, year: number, now: number): Promise<{ span: TaxYear; frame: YearFrame }> {
  const [program] = await readPolicy(db);
  const span = taxYear(year, program.timezone);
  return { span, frame: yearFrame(span, program, now) };
}

/** Facts of partners count as at the end of the year: a statement asked for later says the same. */
async function readPartners(
  db: Database,
  { span, frame, now }: { span: TaxYear; frame: YearFrame; now: number },
  after: string,
  limit: number,
): Promise<PartnerYear[]> {
  const paid = await paidInYear(db, span, after, limit);
  const records = await recordsOf(db, [...paid.keys()]);
  const at = Math.min(now, span.ends_at - 1);
  return [...paid].map(([partner_id, methods]) => {
    const record = records.get(partner_id) ?? { facts: [], holds: [], came_back: [] };
    return partnerYear(partner_id, methods, record, frame, at);
  });
}

/** One page of a year's statement: partners from after one on, one more than asked for, in their order. */
export async function readYear(
  db: Database,
  year: number,
  now: number,
  { after, limit }: { after: string | null; limit: number },
): Promise<{ frame: YearFrame; partners: PartnerYear[] }> {
  const { span, frame } = await readFrame(db, year, now);
  return { frame, partners: await readPartners(db, { span, frame, now }, after ?? '', limit + 1) };
}

/** A year's whole statement as CSV, piece by piece, a page of partners each. */
export async function* yearCsv(db: Database, year: number, now: number): AsyncGenerator<string> {
  const { span, frame } = await readFrame(db, year, now);
  yield yearCsvHeading();
  for (let after = ''; ;) {
    const partners = await readPartners(db, { span, frame, now }, after, PAGE_PARTNERS);
    yield partners.map((partner) => partnerCsv(partner, frame)).join('');
    const last = partners.at(-1);
    if (!last || partners.length < PAGE_PARTNERS) return;
    after = last.partner_id;
  }
}
