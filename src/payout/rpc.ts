import type { Via } from '../program/audit.rules.ts';

/** What the program asks of the payouts Worker (its `PayoutsService` entrypoint). Each call answers as the operation it names. */
export interface PayoutsRpc {
  /** Approves a frozen batch by the hash of its manifest (P8). */
  approve(pay_date: string, manifest_sha256: string, by: string, now: number, via?: Via): Promise<RpcAnswer>;
  /** The export rail: records what became of items of a batch; forward only (P7). */
  recordOutcomes(
    pay_date: string,
    items: readonly OutcomeItem[],
    by: string,
    now: number,
    via?: Via,
  ): Promise<RpcAnswer>;
  /** Decides the hold on money that came back after success: released, it is due to the partner anew; denied, it is written off (P7). */
  decideCameBack(
    hold_id: string,
    decision: 'release' | 'deny',
    reason: string,
    by: string,
    now: number,
    via?: Via,
  ): Promise<RpcAnswer>;
  /** The export rail: keeps the batch with the witness, before its file is handed out (P7). */
  prepareExport(pay_date: string, now: number): Promise<RpcAnswer>;
  /** Two people: what became of a payout that the provider does not tell the end of (P7). */
  resolve(payout_id: string, word: Resolution, by: string, now: number, via?: Via): Promise<RpcAnswer>;
  /** Two people: the provider's batch that a chunk was sent as (P7). */
  adopt(
    pay_date: string,
    chunk: number,
    payout_batch_id: string,
    by: string,
    now: number,
    via?: Via,
  ): Promise<RpcAnswer>;
  /** Keeps a payout back before it is sent: its amount is due anew. */
  withhold(payout_id: string, reason: string, by: string, now: number, via?: Via): Promise<RpcAnswer>;
  /** Two people: brings a batch back into books that were restored to an earlier moment, from the witness (P7). */
  replay(pay_date: string, by: string, now: number, via?: Via): Promise<RpcAnswer>;
  /** Whether the books are whole, as the witness knows. */
  state(): Promise<PayoutsState>;
  /** A provider's webhook: look at what it names, if the books know it. Nothing else in a webhook counts (P7). */
  look(poke: Poke, now: number): Promise<void>;
  /** Calls back what stands UNCLAIMED of a partner's payouts and is to be cancelled, as the books say (P7). */
  cancel(partner_id: string, now: number): Promise<void>;
}

/** The outcome of one payout as an operator reports it. */
export interface OutcomeItem {
  payout_id: string;
  status: 'paid' | 'failed' | 'returned';
  reference?: string | undefined;
  reason?: string | undefined;
}

/** What a person settles of a payout. */
export interface Resolution {
  outcome: 'paid' | 'not_paid' | 'written_off';
  reason: string;
  reference?: string | undefined;
}

/** What a webhook names. Both may be forged. */
export interface Poke {
  payout_batch_id: string | null;
  payout_item_id: string | null;
}

/** Whether the books are behind the witness, and by what. Then nothing is frozen, sent or exported. */
export interface PayoutsState {
  books_behind: boolean;
  missing: { what: 'batch' | 'manifest' | 'send' | 'word'; pay_date: string; key: string }[];
}

/** Why nothing was done. */
export type RpcReason = 'not_found' | 'batch_state' | 'other_rail' | 'invalid' | 'conflict' | 'busy' | 'unavailable';

/** Done (or done before), or proposed to a second person; or a reason from the closed list of problems with a sentence for people. */
export type RpcAnswer =
  | { ok: true; first_time: boolean; proposed?: boolean }
  | { ok: false; reason: RpcReason; detail: string };

/** Who says something of payouts, when, and by which door. */
export interface Speaker {
  by: string;
  now: number;
  via?: Via | undefined;
}
