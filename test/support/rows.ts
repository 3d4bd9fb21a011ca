import { type AccountState, closuresByPartner, ratesByPartner } from '../../src/account/state.rules.ts';
import { at, filedRates, filedStatuses, policyWith, type When } from './life.ts';
import type { Life, LifeEvent } from './oracle.ts';

/** The state of an account id of which nothing has been told yet. */
export function unknownAccount(life: Omit<Life, 'events' | 'signed_up_at'>): AccountState {
  return {
    account_id: 'acc',
    account: null,
    policy: [policyWith(life.policy)],
    payments: [],
    refunds: [],
    reversals: [],
    cancellations: [],
    decisions: [],
    posted: [],
    partner_rates: ratesByPartner(filedRates(life)),
    partner_closures: closuresByPartner(filedStatuses(life)),
    plan_rates: life.plan_rates as AccountState['plan_rates'],
    guards: [],
    partner_guards: [],
  };
}

/** The state once the account has been opened. */
export function opened(state: AccountState, signed_up_at: When): AccountState {
  const account = {
    account_id: state.account_id,
    opened_by: 'server' as const,
    signed_up_at: at(signed_up_at),
    policy_version: 1,
    joined_to: null,
    recorded_at: 0,
  };
  return { ...state, account };
}

/** The state once an event has been told: a row more, whether it can be applied yet or not. */
export function told(state: AccountState, event: LifeEvent): AccountState {
  const fresh = { parked_reason: null, voided_reason: null, recorded_at: 0 };
  switch (event.type) {
    case 'payment': {
      const { type: _, at: paid_at, ...rest } = event;
      const row = { ...rest, ...fresh, paid_at, account_id: state.account_id, paid_elsewhere_at: null };
      return { ...state, payments: [...state.payments, row] };
    }
    case 'refund': {
      const { type: _, at: refunded_at, ...rest } = event;
      return { ...state, refunds: [...state.refunds, { ...rest, ...fresh, refunded_at }] };
    }
    case 'reversal':
      return {
        ...state,
        reversals: [...state.reversals, { ...fresh, refund_id: event.refund_id, reversed_at: event.at }],
      };
    case 'end': {
      const row = { ...fresh, account_id: state.account_id, cancelled_at: event.at };
      return { ...state, cancellations: [...state.cancellations, row] };
    }
    case 'referrer': {
      const { type: _, blocked, ...rest } = event;
      const decided = {
        kind: 'signup' as const,
        outcome: 'granted',
        source: 'last_click',
        clause: 'L1',
        asked_by: 'ingest',
      };
      const kept = { account_id: state.account_id, flags: '[]', facts: '{}', policy_version: 1, recorded_at: 0 };
      const row = { ...rest, ...decided, ...kept, sets_referrer: 1, blocked: blocked ? 1 : 0 };
      return { ...state, decisions: [...state.decisions, row].toSorted((a, b) => a.n - b.n) };
    }
  }
}

/** The state once an event has been voided: it was told wrongly and never was. */
export function voided(state: AccountState, event: LifeEvent): AccountState {
  const voided_reason = 'told wrongly';
  switch (event.type) {
    case 'payment':
      return {
        ...state,
        payments: state.payments.map((row) => (row.payment_id === event.payment_id ? { ...row, voided_reason } : row)),
      };
    case 'refund':
      return {
        ...state,
        refunds: state.refunds.map((row) => (row.refund_id === event.refund_id ? { ...row, voided_reason } : row)),
      };
    case 'reversal':
      return {
        ...state,
        reversals: state.reversals.map((row) => (row.refund_id === event.refund_id ? { ...row, voided_reason } : row)),
      };
    case 'end':
      return {
        ...state,
        cancellations: state.cancellations.map((row) =>
          row.cancelled_at === event.at ? { ...row, voided_reason } : row,
        ),
      };
    case 'referrer':
      throw new TypeError('decisions are append-only');
  }
}
