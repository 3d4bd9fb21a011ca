import type { ProblemCode } from '../http/problem.ts';
import type { RpcReason } from './rpc.ts';

export type { PayoutRow } from './payout.schema.ts';

/** The public code of each reason for which payouts did nothing. */
export const RPC_CODES = {
  not_found: 'not_found',
  batch_state: 'batch_state',
  other_rail: 'other_rail',
  invalid: 'invalid',
  conflict: 'conflict',
  busy: 'busy',
  unavailable: 'unavailable',
} as const satisfies Record<RpcReason, ProblemCode>;
