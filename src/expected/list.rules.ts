import { foldedAddress } from '../people/address.rules.ts';

/** Rows a list may hold, and lists that a partner may hand in on one program day (B1). */
export const MAX_ROWS = 10_000;
export const LISTS_A_DAY = 10;

/** What a partner is told of a row, and no more: it follows from the list alone (B1). */
export type Received = 'received' | 'malformed' | 'duplicate';

/** What an operator is told of a row. */
export type Verdict = 'accepted' | 'existing_account' | 'tracked_to_another' | 'listed_by_another' | 'self_referral';
export const VERDICTS = [
  'accepted',
  'existing_account',
  'tracked_to_another',
  'listed_by_another',
  'self_referral',
] as const satisfies readonly Verdict[];

/** Somebody whom a partner expects; null in place of a row that is malformed. */
export interface ExpectedPerson {
  email: string;
  name: string | null;
  company: string | null;
}

/** A row as it is received, numbered from 1; a person only where it is `received`. */
export interface JudgedRow {
  row: number;
  received: Received;
  person: ExpectedPerson | null;
}

/** B1: each row received, malformed, or the duplicate of one before it in the same list (addresses folded). Nothing else is looked at. */
export function judgeRows(rows: readonly (ExpectedPerson | null)[]): JudgedRow[] {
  const seen = new Set<string>();
  return rows.map((person, i) => {
    const row = i + 1;
    if (person === null) return { row, received: 'malformed', person: null };
    const address = foldedAddress(person.email);
    if (seen.has(address)) return { row, received: 'duplicate', person: null };
    seen.add(address);
    return { row, received: 'received', person };
  });
}

/** What the books know of a received row's address, as far as the list's partner is concerned. */
export interface RowEvidence {
  /** It is an address of the partner's own. */
  own: boolean;
  /** An account has it, and another partner is that account's tracked referrer. */
  tracked_elsewhere: boolean;
  /** An account that a trusted record opened has it, or had it. */
  existing: boolean;
  /** Another partner's accepted row counts for it. */
  listed_elsewhere: boolean;
}

/** B1: the verdict of a received row. What comes first is what says most. */
export function verdictOf(evidence: RowEvidence): Verdict {
  if (evidence.own) return 'self_referral';
  if (evidence.tracked_elsewhere) return 'tracked_to_another';
  if (evidence.existing) return 'existing_account';
  if (evidence.listed_elsewhere) return 'listed_by_another';
  return 'accepted';
}

/** How many rows have each verdict, zeros written out. */
export function countVerdicts(verdicts: Iterable<Verdict | null>): Record<Verdict, number> {
  const counts = {
    accepted: 0,
    existing_account: 0,
    tracked_to_another: 0,
    listed_by_another: 0,
    self_referral: 0,
  };
  for (const verdict of verdicts) if (verdict !== null) counts[verdict] += 1;
  return counts;
}

/** An accepted row that counts at a signup: whose list it is of. */
export interface ExpectedBy {
  partner_id: string;
  list_id: string;
}

/** B1: of several accepted rows, the first accepted list of a partner who is active. `rows` in the order of acceptance. */
export function firstExpected(rows: readonly ExpectedBy[], active: (partner_id: string) => boolean): ExpectedBy | null {
  return rows.find((row) => active(row.partner_id)) ?? null;
}
