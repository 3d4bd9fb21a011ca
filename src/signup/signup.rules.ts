import type { Clause } from '../policy/clauses.ts';

/** Where a referrer may come from (L3, api.md). */
export type Source = 'last_click' | 'code' | 'how_heard' | 'bulk' | 'claim' | 'audit' | 'operator';

/** What a signup's flags may say; `self_referral` earns nothing, `self_referral_held` and `form_join` wait for a word (S3, R3). */
export type Flag = 'invalid_token' | 'invalid_signup_ref' | 'self_referral' | 'self_referral_held' | 'form_join';

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

/** A partner's accepted list that the holder's address is on (B1). */
export interface ExpectedEvidence {
  partner_id: string;
  list_id: string;
}

/** What the evidence of one signup comes to before it is decided. */
export interface SignupEvidence {
  click: WinningClick | null;
  /** Partners, active at that moment, whose registered address the answer holds. */
  how_heard_partners: readonly string[];
  /** Of the trusted record only: a form can name any address. */
  expected_partner: ExpectedEvidence | null;
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
  /** The list that decided (B1). */
  list_id: string | null;
  flags: Flag[];
}

/**
 * Order of sources (L3, B1): tracked click, how_heard, an accepted list, and a form joined by address alone, which outranks nothing.
 */
export function decideSignup(evidence: SignupEvidence): SignupDecision {
  const flags: Flag[] = [];
  if (evidence.invalid_token) flags.push('invalid_token');
  if (evidence.invalid_signup_ref) flags.push('invalid_signup_ref');
  const { click, form, expected_partner: expected } = evidence;
  const nobody: SignupDecision = {
    partner_id: null,
    source: null,
    clause: 'L1',
    click: null,
    form: null,
    list_id: null,
    flags,
  };
  if (click) return { ...nobody, partner_id: click.partner_id, source: 'last_click', click };
  const named = namedPartner(evidence.how_heard_partners);
  if (named !== null) return { ...nobody, partner_id: named, source: 'how_heard', clause: 'L3' };
  if (expected)
    return { ...nobody, partner_id: expected.partner_id, source: 'bulk', clause: 'B1', list_id: expected.list_id };
  if (form)
    return {
      ...nobody,
      partner_id: form.partner_id,
      source: form.source,
      clause: 'R3',
      form,
      flags: [...flags, 'form_join'],
    };
  return nobody;
}

/** L3: the one partner that an answer names; of several nobody. */
export function namedPartner(how_heard_partners: readonly string[]): string | null {
  const [named, ...others] = how_heard_partners;
  return named !== undefined && others.length === 0 ? named : null;
}
