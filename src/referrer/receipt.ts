import { CompactSign } from 'jose';

import type { DecisionRow } from '../account/state.rules.ts';
import { tokenKeys, type TokenKeyEnv } from '../partner/token-key.ts';
import { partnerReceipt, wholeReceipt } from './receipt.rules.ts';

/** What signing receipts needs: the program's keys, and its name in the world. */
export interface ReceiptContext {
  env: TokenKeyEnv;
  public_url: string;
}

/** The `typ` of a receipt's protected header, by which it is told from a token. */
export const RECEIPT_TYPE = 'lastclick-receipt+jws';

/**
 * A decision as a JWS (EdDSA, same keys as the JWKS): rule, policy version, who asked, the clicks considered, with no personal data in
 * it. The same decision always gives the same bytes under the same key. For a `reader` it names that partner alone (R6).
 */
export async function signReceipt(
  { env, public_url }: ReceiptContext,
  decision: DecisionRow,
  account: { signed_up_at: number },
  reader: string | null = null,
): Promise<string> {
  const keys = await tokenKeys(env);
  const says =
    reader === null
      ? wholeReceipt(decision, account.signed_up_at)
      : partnerReceipt(decision, account.signed_up_at, reader);
  return new CompactSign(new TextEncoder().encode(JSON.stringify({ iss: public_url, ...says })))
    .setProtectedHeader({ alg: 'EdDSA', kid: keys.kid, typ: RECEIPT_TYPE })
    .sign(keys.private_key);
}
