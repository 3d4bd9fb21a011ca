import type { RpcAnswer } from '../payout/rpc.ts';
import type { Outcome, Refused } from './action.tsx';
import type { DoneCode } from './done.tsx';

/** What payouts answered, as an action's outcome: done, proposed to a second person, or why not. */
export function rpcOutcome(answer: RpcAnswer, done: DoneCode, to: string): Outcome {
  if (!answer.ok) return { ok: false, say: answer.detail };
  if (answer.proposed) return { ok: true, done: 'proposed', to };
  return { ok: true, done: answer.first_time ? done : 'done_before', to };
}

/** Why an operation did nothing, in words; exhaustive by its reasons. */
export function refusal<Reason extends string>(
  words: Readonly<Record<Reason, string>>,
  reason: Reason,
  field?: string,
): Refused {
  return { ok: false, say: words[reason], ...(field === undefined ? {} : { field }) };
}

/** Words of what any write may end with. */
export const COMMON_REFUSALS = {
  not_found: 'There is no such thing any more.',
  conflict: 'The same was done before in other words. Look at how it stands.',
  busy: 'Too much is being written at once. Please try again.',
  already_decided: 'It has been decided already. Look at how it stands.',
} as const;
