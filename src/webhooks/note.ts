import { readPolicy } from '../policy/policy.repo.ts';
import { commit, type Database } from '../program/commit.repo.ts';
import { readProgram } from '../program/program.repo.ts';
import {
  commissionEvents,
  commissionKey,
  inOrder,
  takeInOrder,
  type Before,
  type CommissionLine,
} from './commission.rules.ts';
import {
  attributed,
  batchFrozen,
  bodyOf,
  claimDecided,
  moneyMoved,
  sendNeedsAttention,
  type Happening,
} from './event.rules.ts';
import {
  commissionsBefore,
  passStatements,
  readFeed,
  readFresh,
  type FeedContents,
  type FeedRow,
  type Fresh,
} from './feed.repo.ts';

/** Rows of each kind that one pass takes, and passes that one run makes: the next run, a minute later, goes on. */
const ROWS_A_PASS = 500;
const PASSES_A_RUN = 20;

function isCommission(line: Fresh['lines'][number]): line is CommissionLine {
  return line.account_id !== null && line.payment_id !== null;
}

/** A partner's own lines tell nothing, but have their place in the order. */
function placed(line: Fresh['lines'][number]): CommissionLine {
  return { ...line, account_id: line.account_id ?? '', payment_id: line.payment_id ?? '' };
}

function happeningsOf(contents: FeedContents): Map<number, Happening> {
  const all: [number, Happening][] = [
    ...contents.attributions.map(({ feed_seq, ...row }) => [feed_seq, attributed(row)] as [number, Happening]),
    ...contents.claims.map(({ feed_seq, ...row }) => [feed_seq, claimDecided(row)] as [number, Happening]),
    ...contents.frozen.map(({ feed_seq, ...row }) => [feed_seq, batchFrozen(row)] as [number, Happening]),
    ...contents.sends.map(({ feed_seq, ...row }) => [feed_seq, sendNeedsAttention(row)] as [number, Happening]),
  ];
  return new Map(all);
}

async function tell(db: Database, feed: readonly FeedRow[], lines: readonly CommissionLine[], line_seq: number) {
  const [history, contents, sums] = await Promise.all([
    readPolicy(db),
    readFeed(db, feed),
    commissionsBefore(db, line_seq, lines),
  ]);
  // The currency is the program's for life.
  const [{ currency }] = history;
  const before: Before = new Map(sums.map((row) => [commissionKey(row), row.amount]));
  const told = happeningsOf(contents);
  const rows = feed.flatMap(({ seq, line_seq: place }) => {
    const happening = told.get(seq);
    return happening ? [{ line_seq: place, happening }] : [];
  });
  return inOrder(rows, commissionEvents(lines, before, currency));
}

/** One pass; says how many events it noted, or that there is nothing new, or that another run is at it. */
async function pass(db: Database, now: number, rows: number): Promise<number | 'nothing' | 'conflict'> {
  const fresh = await readFresh(db, rows);
  if (fresh.endpoints === 0) return 'nothing';
  const { cursor } = fresh;
  const taken = takeInOrder(fresh.feed, fresh.lines.map(placed), rows);
  const line_seq = taken.lines_through ?? fresh.last_line_seq;
  const transfer_seq =
    fresh.moved.length < rows ? fresh.last_transfer_seq : (fresh.moved.at(-1)?.seq ?? cursor.transfer_seq);
  if (taken.feed.length === 0 && line_seq === cursor.line_seq && transfer_seq === cursor.transfer_seq) return 'nothing';
  const commissions = fresh.lines.filter(isCommission).filter((line) => line.seq <= line_seq);
  const told = await tell(db, taken.feed, commissions, cursor.line_seq);
  const happenings = [...told, ...fresh.moved.map(moneyMoved)];
  const { hasher } = await readProgram(db);
  const events = await Promise.all(
    happenings.map(async (happening) => {
      const payload = bodyOf(happening);
      const { type, subject, occurred_at, source } = happening;
      const event_id = `evt_${await hasher.text('webhook', `${source}\n${payload}`)}`;
      return { event_id, type, subject, occurred_at, noted_at: now, payload };
    }),
  );
  const feed_seqs = taken.feed.map((row) => row.seq);
  const statements = passStatements(db, { cursor, events, feed_seqs, line_seq, transfer_seq, now });
  return (await commit(db, [], statements)) === 'conflict' ? 'conflict' : events.length;
}

/**
 * Makes events of what has come to be in the books, in its order, with a delivery for each enabled endpoint that wants it. Nothing is lost
 * and nothing told twice whenever it stops: events and cursor are one write. Without an endpoint it writes nothing. Says how many.
 */
export async function noteEvents(db: Database, now: number, rows = ROWS_A_PASS): Promise<number> {
  let noted = 0;
  for (let i = 0; i < PASSES_A_RUN; i++) {
    const done = await pass(db, now, rows);
    if (done === 'nothing' || done === 'conflict') break;
    noted += done;
  }
  return noted;
}
