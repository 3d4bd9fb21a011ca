import { env } from 'cloudflare:workers';

import { cookieKeys, mintToken, newClickId, newVisitorId } from '../../src/attribution/token.ts';
import { linkStates, links, partnerFacts, partners } from '../../src/partner/partner.schema.ts';
import { makePerson, insertPeople } from '../../src/people/people.repo.ts';
import { openDatabase, insertRows, runBatch, type Database } from '../../src/program/commit.repo.ts';
import { readProgram } from '../../src/program/program.repo.ts';
import { localSecrets } from './local.ts';

/** The books through drizzle. */
export function books(): Database {
  return openDatabase(env.BOOKS);
}

/** Puts an active partner with one live link (code = partner_id) into the books, by rows. */
export async function givePartner(
  partner_id: string,
  options: {
    email?: string;
    paypal?: string;
    status?: string;
    country?: string;
    code?: string;
    rate_bps?: number;
    at?: string;
  } = {},
): Promise<void> {
  const db = books();
  const { hasher } = await readProgram(db);
  const at = Date.parse(options.at ?? '2026-01-01T00:00:00Z');
  const contact = await makePerson(hasher, {
    email: options.email ?? `${partner_id}@partners.example`,
    name: partner_id,
  });
  const paypal = options.paypal === undefined ? null : await makePerson(hasher, { email: options.paypal });
  const values = {
    status: options.status ?? 'active',
    rate_bps: options.rate_bps === undefined ? null : String(options.rate_bps),
    country: options.country ?? 'US',
    contact: contact.person_id,
    paypal: paypal?.person_id ?? null,
    residency: null,
  } as const;
  const facts = Object.entries(values).map(([field, value], i) => ({
    partner_id,
    n: i + 1,
    field: field as keyof typeof values,
    value,
    at,
    by: 'test',
    reason: null,
  }));
  const code = (options.code ?? partner_id).toLowerCase();
  await runBatch(db, [
    insertPeople(db, paypal ? [contact, paypal] : [contact]),
    insertRows(db, partners, [{ partner_id, recorded_at: at }]),
    insertRows(db, partnerFacts, facts),
    insertRows(db, links, [
      { code, shown_code: code, partner_id, destination: 'https://www.example.com/', label: null, recorded_at: at },
    ]),
    insertRows(db, linkStates, [{ code, at, retired: 0 }]),
  ]);
}

/** A referral token as the tracker would have set it for a click. */
export async function giveToken(click: {
  code: string;
  at: string;
  partner_id?: string | null;
  visitor_id?: string;
}): Promise<string> {
  const keys = await cookieKeys(localSecrets.COOKIE_KEYS);
  if (!keys.ok) throw new Error(keys.reason);
  const token = {
    visitor_id: click.visitor_id ?? newVisitorId(),
    click_id: newClickId(Date.parse(click.at)),
    partner_id: click.partner_id === undefined ? click.code : click.partner_id,
    code: click.code,
  };
  return mintToken(token, keys.keys, '__Host-lastclick');
}
