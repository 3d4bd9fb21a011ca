import * as z from 'zod';

import { listParked, type ParkedRow } from '../billing/parked.repo.ts';
import { dismissParked } from '../billing/parked.ts';
import { findPayment } from '../billing/payment.repo.ts';
import { findRefund } from '../billing/refund.repo.ts';
import { page } from '../http/cursor.ts';
import { moneyText } from '../money/currency.rules.ts';
import { More, Table } from '../pages/parts.tsx';
import { addAction, type Action } from './action.tsx';
import { createConsolePages } from './app.ts';
import {
  ageText,
  consoleDoor,
  cursorKey,
  None,
  PAGE_ROWS,
  pathPart,
  show,
  withQuery,
  wordsOf,
  type ConsoleContext,
  type Words,
} from './common.tsx';
import { DoneNotice } from './done.tsx';
import { ReasonField } from './fields.ts';
import { ReasonArea } from './reason-area.tsx';
import { COMMON_REFUSALS, refusal } from './rpc-outcome.ts';
import { PARKED_WORDS, parkedReason } from './words.ts';

/** What was told and cannot be applied yet, with its reason. */
export const parkedPages = createConsolePages();

function ParkedBody(props: {
  rows: readonly ParkedRow[];
  more: string | null;
  done: string | undefined;
  words: Words;
}) {
  const { rows, more, done, words } = props;
  return (
    <>
      <h1>Parked</h1>
      <DoneNotice code={done} />
      <p>What was told and cannot be applied yet. Each is applied by itself once it can be; dismiss what never was.</p>
      {rows.length === 0 ? (
        <None>Nothing is parked.</None>
      ) : (
        <Table caption="Parked facts by id" head={['What', 'Id', 'Account', 'Why', 'For', 'To do']}>
          {rows.map(({ parked_id, kind, id, account_id, reason, since_at }) => (
            <tr>
              <td>{PARKED_WORDS[kind]}</td>
              <td>{id}</td>
              <td>{account_id ?? '–'}</td>
              <td>{parkedReason(reason)}</td>
              <td>{ageText(since_at, words.now)}</td>
              <td>
                <a href={`/console/parked/${encodeURIComponent(parked_id)}/dismissal`}>{`Dismiss ${id}`}</a>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <More href={more} text="More" />
    </>
  );
}

parkedPages.get('/parked', async (c) => {
  const [words, found] = await Promise.all([wordsOf(c), listParked(c.var.books, cursorKey(c), PAGE_ROWS)]);
  const { data, next_cursor } = page(found, PAGE_ROWS, (row) => row.parked_id);
  const more = next_cursor === null ? null : withQuery('/console/parked', { cursor: next_cursor });
  return show(c, '/console', {
    title: 'Parked',
    body: <ParkedBody rows={data} more={more} done={c.req.query('done')} words={words} />,
  });
});

interface Subject {
  parked_id: string;
  kind: ParkedRow['kind'];
  id: string;
  /** What it would have moved; null where it has no amount of its own. */
  amount: string | null;
}

const KINDS: readonly string[] = Object.keys(PARKED_WORDS);

async function subjectOf(c: ConsoleContext): Promise<Subject | null> {
  const { books } = c.var;
  const parked_id = pathPart(c, 'parked_id');
  const [kind = '', ...rest] = parked_id.split('.');
  if (!KINDS.includes(kind) || !/^[A-Za-z0-9_.:-]{1,200}$/.test(parked_id)) return null;
  const id = rest.join('.');
  if (kind !== 'payment' && kind !== 'refund') return { parked_id, kind: kind as ParkedRow['kind'], id, amount: null };
  const refund = kind === 'refund' ? await findRefund(books, id) : null;
  const payment = await findPayment(books, refund?.payment_id ?? id);
  const row = refund ?? payment;
  if (!row) return null;
  const words = await wordsOf(c);
  return { parked_id, kind, id, amount: moneyText(row.amount, payment?.currency ?? words.currency) };
}

const DismissalSchema = z.object({ reason: ReasonField });
const REFUSALS = { ...COMMON_REFUSALS, not_parked: 'It is not parked (any more).' } as const;

const dismissal: Action<typeof DismissalSchema, Subject> = {
  path: '/parked/:parked_id/dismissal',
  place: '/console',
  title: ({ kind, id }) => `Dismiss the ${PARKED_WORDS[kind]} ${id}`,
  about: () => 'For what was told wrongly and never was. Its id stays used.',
  schema: DismissalSchema,
  fields: ({ sent, faults }) => <ReasonArea sent={sent} faults={faults} />,
  go: 'Dismiss',
  find: subjectOf,
  ask: async (_, { kind, id, amount }) => ({
    ok: true,
    says: [
      `The ${PARKED_WORDS[kind]} ${id}${amount === null ? '' : ` of ${amount}`} never was, and is not applied even if what it waits for comes.`,
      'Nothing of it is booked, so that no commission changes.',
    ],
    yes: amount === null ? 'Dismiss it' : `Dismiss ${amount}`,
  }),
  act: async (c, { parked_id }, { reason }) => {
    const done = await dismissParked(consoleDoor(c), parked_id, reason);
    if (!done.ok) return refusal(REFUSALS, done.reason);
    return { ok: true, done: done.first_time ? 'dismissed' : 'done_before', to: '/console/parked' };
  },
  back: () => '/console/parked',
};

addAction(parkedPages, dismissal);
