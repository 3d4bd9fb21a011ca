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

/** A partner's promotion code that speaks for the account (L3); `as_click`: the policy counts it as a click at that moment. */
export interface CodeEvidence {
  code: string;
  partner_id: string;
  used_at: number;
  as_click: boolean;
}

/** What the evidence of one signup comes to before it is decided. */
export interface SignupEvidence {
  click: WinningClick | null;
  /** Whom a former program tracked, as an import tells. */
  told_partner?: string | null;
  /** Of the trusted record only. */
  promotion: CodeEvidence | null;
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
  /** The promotion code that decided (L3). */
  promotion: CodeEvidence | null;
  /** The list that decided (B1). */
  list_id: string | null;
  flags: Flag[];
}

/**
 * Order of sources (L3, B1): tracked click, the one that a former program tracked (an operator's import), a promotion code, how_heard, an accepted list, and a form joined by address alone, which
 * outranks nothing. A code that counts as a click wins over an earlier one.
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
    promotion: null,
    list_id: null,
    flags,
  };
  const { promotion } = evidence;
  const by_code = (code: CodeEvidence): SignupDecision => ({
    ...nobody,
    partner_id: code.partner_id,
    source: 'code',
    clause: 'L3',
    promotion: code,
  });
  if (promotion?.as_click && (!click || click.clicked_at <= promotion.used_at)) return by_code(promotion);
  if (click) return { ...nobody, partner_id: click.partner_id, source: 'last_click', click };
  if (evidence.told_partner != null) return { ...nobody, partner_id: evidence.told_partner, source: 'operator' };
  if (promotion) return by_code(promotion);
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
