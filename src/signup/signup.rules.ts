import type { Clause } from '../policy/clauses.ts';

/** Where a referrer may come from (L3, api.md). */
export type Source = 'last_click' | 'code' | 'how_heard' | 'bulk' | 'claim' | 'audit' | 'operator';

/** What a signup's flags may say. */
export type Flag = 'invalid_token' | 'invalid_signup_ref' | 'self_referral' | 'form_join';

/** The click that won, as far as an answer tells of it. */
export interface WinningClick {
  partner_id: string;
  code: string;
  click_id: string;
  clicked_at: number;
}

/** A referrer that a form of the same address would have; evidence only until the client confirms. */
export interface FormEvidence {
  form_account_id: string;
  partner_id: string;
  source: Source;
}

/** What the evidence of one signup comes to before it is decided. */
export interface SignupEvidence {
  click: WinningClick | null;
  /** Partners, active at that moment, whose registered address the answer holds. */
  how_heard_partners: readonly string[];
  /** Of the trusted record only: the latest form of the same address within a day before. */
  form: FormEvidence | null;
  invalid_token: boolean;
  invalid_signup_ref: boolean;
}

/** Who the referrer is, by which rule. `partner_id` null: nobody. */
export interface SignupDecision {
  partner_id: string | null;
  source: Source | null;
  clause: Clause;
  click: WinningClick | null;
  form: FormEvidence | null;
  flags: Flag[];
}

/** Order of sources (L3): tracked click, how_heard, and a form joined by address alone, which outranks nothing. */
export function decideSignup(evidence: SignupEvidence): SignupDecision {
  const flags: Flag[] = [];
  if (evidence.invalid_token) flags.push('invalid_token');
  if (evidence.invalid_signup_ref) flags.push('invalid_signup_ref');
  const { click, form } = evidence;
  if (click) return { partner_id: click.partner_id, source: 'last_click', clause: 'L1', click, form: null, flags };
  const [named, ...others] = evidence.how_heard_partners;
  if (named !== undefined && others.length === 0)
    return { partner_id: named, source: 'how_heard', clause: 'L3', click: null, form: null, flags };
  if (form)
    return {
      partner_id: form.partner_id,
      source: form.source,
      clause: 'R3',
      click: null,
      form,
      flags: [...flags, 'form_join'],
    };
  return { partner_id: null, source: null, clause: 'L1', click: null, form: null, flags };
}

/** S1, S3: an address of the partner equal to the holder's, both folded. Such a referrer is shown, flagged, and earns nothing. */
export function refersItself(holder_match: string, partner_matches: readonly (string | null)[]): boolean {
  return partner_matches.includes(holder_match);
}
