import { CompactSign } from 'jose';

import type { DecisionRow } from '../account/state.rules.ts';
import { formatInstant } from '../clock.ts';
import { tokenKeys, type TokenKeyEnv } from '../partner/token-key.ts';

/** What signing receipts needs: the program's keys, and its name in the world. */
export interface ReceiptContext {
  env: TokenKeyEnv;
  public_url: string;
}

/**
 * A decision as a JWS (EdDSA, same keys as the JWKS): rule, policy version, who asked, and the facts that decided, with no personal
 * data in it. The same decision always gives the same bytes under the same key.
 */
export async function signReceipt(
  { env, public_url }: ReceiptContext,
  decision: DecisionRow,
  account: { signed_up_at: number },
): Promise<string> {
  const keys = await tokenKeys(env);
  const payload = {
    iss: public_url,
    decision_id: decision.decision_id,
    account_id: decision.account_id,
    at: formatInstant(decision.at),
    signed_up_at: formatInstant(account.signed_up_at),
    outcome: decision.outcome,
    partner_id: decision.partner_id,
    source: decision.source,
    clause: decision.clause,
    policy_version: decision.policy_version,
    flags: JSON.parse(decision.flags) as string[],
    facts: JSON.parse(decision.facts) as Record<string, unknown>,
  };
  return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'EdDSA', kid: keys.kid, typ: 'lastclick-receipt+jws' })
    .sign(keys.private_key);
}
