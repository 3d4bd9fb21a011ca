import { listParked, type ParkedRow } from '../billing/parked.repo.ts';
import type { ListRow } from '../expected/expected.repo.ts';
import { pageOfLists } from '../expected/expected.repo.ts';
import { readBeats } from '../heartbeat/heartbeat.repo.ts';
import { cronStates, type CronState } from '../heartbeat/heartbeat.rules.ts';
import { errorNames, logLine } from '../log.ts';
import type { PayoutsRpc, PayoutsState } from '../payout/rpc.ts';
import type { PolicyHistory } from '../policy/policy.rules.ts';
import type { Database } from '../program/commit.repo.ts';
import type { ClaimRecord } from '../referrer/claim-view.rules.ts';
import { listClaims } from '../referrer/claim.repo.ts';
import { listSignals } from '../signals/signal.repo.ts';
import type { SignalRow } from '../signals/signal.rules.ts';
import { readForecast, type Forecast } from './read-forecast.ts';
import { FEW, readWaiting, type Waiting } from './today.repo.ts';

/** All that the console's first page shows. Lists have one row more than `FEW` where there are more. */
export interface Today extends Waiting {
  forecast: Forecast;
  parked: ParkedRow[];
  claims: ClaimRecord[];
  signals: SignalRow[];
  lists: ListRow[];
  crons: CronState[];
  /** Pay days of which the books have forgotten something; null where the payouts Worker does not answer. */
  behind: string[] | null;
}

/** What the witness knows and the books do not; null where the payouts Worker does not answer. */
export async function whatIsLost(payouts: Pick<PayoutsRpc, 'state'>): Promise<PayoutsState['missing'] | null> {
  try {
    return (await payouts.state()).missing;
  } catch (error) {
    logLine('payouts_state_failed', { error: errorNames(error) });
    return null;
  }
}

/** Pay days of which the witness knows more than the books; null where the payouts Worker does not answer. */
export async function daysBehind(payouts: Pick<PayoutsRpc, 'state'>): Promise<string[] | null> {
  const lost = await whatIsLost(payouts);
  return lost && [...new Set(lost.map(({ pay_date }) => pay_date))];
}

/** Reads the first page: what is paid next, and what waits for whom. */
export async function readToday(
  db: Database,
  payouts: Pick<PayoutsRpc, 'state'>,
  history: PolicyHistory,
  now: number,
): Promise<Today> {
  const [waiting, forecast, parked, claims, signals, lists, beats, behind] = await Promise.all([
    readWaiting(db, now),
    readForecast(db, history, now),
    listParked(db, null, FEW),
    listClaims(db, { open_at: now, before: null, limit: FEW }),
    listSignals(db, { after: null, limit: FEW }),
    pageOfLists(db, { partner_id: null, status: 'waiting', before: null, limit: FEW + 1 }),
    readBeats(db),
    daysBehind(payouts),
  ]);
  return { ...waiting, forecast, parked, claims, signals, lists, crons: cronStates(beats, now), behind };
}
