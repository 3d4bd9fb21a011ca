import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { attentionOf } from '../../../src/payout/attention.rules.ts';
import { checkPayoutsConfig } from '../../../src/payout/config.rules.ts';
import type { BatchRow } from '../../../src/payout/payout.schema.ts';
import { claimAgain } from '../../../src/payout/replay.rules.ts';
import {
  isReread,
  LAST_LOOK_MS,
  nextAct,
  OVERDUE_MS,
  pollAt,
  REREAD_MS,
  retryAt,
  STOP_AFTER_MS,
} from '../../../src/payout/send.rules.ts';
import type { SendRow } from '../../../src/payout/send.schema.ts';
import { afterWord } from '../../../src/payout/settle.rules.ts';
import { pokeOf } from '../../../src/payout/webhook.rules.ts';
import {
  idAtMost,
  inOrder,
  standingOf,
  transfersLeft,
  wordText,
  type WitnessWord,
  type WordTransfer,
} from '../../../src/payout/witness-word.rules.ts';
import { missingFrom, readKey, witnessKeys } from '../../../src/payout/witness.rules.ts';
import type { ItemOutcome } from '../../../src/paypal/status.rules.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;
const T = Date.UTC(2026, 10, 20, 17);

const send = (change: Partial<SendRow> = {}): SendRow => ({
  sender_batch_id: 'p-2026-11-20-1-1',
  pay_date: '2026-11-20',
  chunk: 1,
  attempt: 1,
  through: 'z',
  body_version: 1,
  body_sha256: 'x',
  status: 'sending',
  provider_batch_id: null,
  first_sent_at: T,
  tried_at: null,
  tries: 0,
  reason: null,
  attention: null,
  checked_at: null,
  settled_at: null,
  ...change,
});
const batch = { rail: 'paypal', status: 'sending' } as BatchRow;
const act = (sends: SendRow[], now: number, unsent = false, of: Partial<BatchRow> = {}) =>
  nextAct({ batch: { ...batch, ...of }, sends, unsent }, now, MINUTE);

describe('P7: what to do next', () => {
  it('under 25 days the same id is asked again, from 25 days on a person is', () => {
    const tried = send({ tried_at: T, reason: 'unknown:timeout' });
    expect(act([tried], T + MINUTE)).toMatchObject({ do: 'post' });
    expect(act([tried], T + STOP_AFTER_MS - 1)).toMatchObject({ do: 'post' });
    expect(act([tried], T + STOP_AFTER_MS)).toMatchObject({ do: 'stop' });
    expect(STOP_AFTER_MS).toBe(25 * DAY);
  });

  it('where nothing was created it is asked once a day, within the daily cron’s period', () => {
    for (const reason of ['insufficient_funds', 'refused:AUTHORIZATION_ERROR']) {
      const wait = retryAt(send({ tried_at: T, reason }), MINUTE) - T;
      expect(wait).toBeGreaterThan(12 * 60 * MINUTE);
      expect(wait).toBeLessThan(DAY);
    }
  });

  it('waits grow from the poll interval to less than a day, and are whole milliseconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 * DAY }), (passed) => {
        const waits = [
          retryAt(send({ tried_at: T + passed, reason: 'unknown:server' }), MINUTE) - T - passed,
          pollAt(send({ tried_at: T, checked_at: T + passed }), MINUTE) - T - passed,
        ];
        for (const wait of waits) {
          expect(Number.isInteger(wait)).toBe(true);
          expect(wait).toBeGreaterThanOrEqual(MINUTE);
          expect(wait).toBeLessThan(DAY);
        }
      }),
    );
  });

  it('what is unsure comes before what is unsent, and that before what is accepted', () => {
    const accepted = send({ status: 'accepted', tried_at: T, checked_at: T });
    expect(act([send(), accepted], T + MINUTE, true)).toMatchObject({ do: 'post' });
    expect(act([accepted], T + MINUTE, true)).toMatchObject({ do: 'begin' });
    expect(act([accepted], T + MINUTE)).toMatchObject({ do: 'poll' });
    expect(act([accepted], T)).toEqual({ do: 'nothing', progress: { wait_ms: MINUTE } });
    expect(act([send({ status: 'settled' })], T)).toEqual({ do: 'nothing', progress: 'done' });
    const stopped = send({ status: 'needs_attention', attention: 'too_old' });
    expect(act([stopped], T, false, { status: 'needs_attention' })).toEqual({ do: 'nothing', progress: 'attention' });
  });

  it.each(['freezing', 'awaiting_approval', 'settled'] as const)('nothing is sent of a batch that is %s', (status) => {
    expect(act([send()], T, true, { status })).toEqual({ do: 'nothing', progress: 'done' });
  });

  it('nothing is sent of a batch on the export rail', () => {
    expect(act([], T, true, { rail: 'export', status: 'frozen' })).toEqual({ do: 'nothing', progress: 'done' });
  });

  it('what was paid is re-read once a day, for 60 days', () => {
    const settled = send({ status: 'settled', provider_batch_id: 'B', settled_at: T, checked_at: T });
    expect(isReread(settled, T + DAY)).toBe(true);
    expect(isReread(settled, T + 60 * MINUTE)).toBe(false);
    expect(isReread(settled, T + REREAD_MS - 1)).toBe(true);
    expect([REREAD_MS, OVERDUE_MS]).toEqual([60 * DAY, 35 * DAY]);
  });

  it('and once more after them: one look that PayPal answered ends it, or 30 days more', () => {
    const settled = { status: 'settled', provider_batch_id: 'B', settled_at: T } as const;
    const looked = (checked_at: number, reason: string | null = null) => send({ ...settled, checked_at, reason });
    const over = T + REREAD_MS;
    // The last look was before the end of the 60 days: what came back since is not known yet.
    expect(isReread(looked(over - 1), over + DAY)).toBe(true);
    expect(isReread(looked(over), over + DAY)).toBe(false);
    // Looked in vain, or told by restored books what they knew days ago.
    expect(isReread(looked(over, 'poll:network'), over + DAY)).toBe(true);
    expect(isReread(looked(over, 'poll:network'), over + DAY / 2)).toBe(false);
    expect(isReread(looked(over + 29 * DAY, 'poll:not_found'), T + LAST_LOOK_MS - 1)).toBe(true);
    expect(isReread(looked(over + 29 * DAY, 'poll:not_found'), T + LAST_LOOK_MS)).toBe(false);
    expect(LAST_LOOK_MS).toBe(90 * DAY);
  });
});

describe('P7: items move forward only (fault 5)', () => {
  const open: ItemOutcome[] = ['waiting', 'unclaimed', 'unknown'];
  const all: ItemOutcome[] = [...open, 'paid', 'ended', 'came_back'];
  const table = all.map((from) => [from, all.map((to) => afterWord(from, to))] as const);
  it.each(table)('from %s', (from, after) => {
    const expected: Record<string, (ItemOutcome | null)[]> = {
      paid: ['paid', 'paid', 'paid', 'paid', null, 'came_back'],
      ended: ['ended', 'ended', 'ended', null, 'ended', null],
      came_back: ['came_back', 'came_back', 'came_back', null, null, 'came_back'],
    };
    expect(after).toEqual(open.includes(from) ? all : expected[from]);
  });
});

describe('the witness', () => {
  const keys = witnessKeys('prog');
  const held = (key: string, sha256: string | null = 'h') => ({ key, sha256 });

  it('the books are behind by a batch, another manifest, or a sending that they do not have', () => {
    const known = {
      batches: new Map([
        ['2026-11-20', 'h'],
        ['2026-11-13', null],
      ]),
      sends: new Set(['2026-11-20 1-1']),
      words: new Set(['ab12']),
    };
    const what = (key: string, hash?: string) => missingFrom([held(key, hash)], known).map((one) => one.what);
    expect(what(keys.manifest('2026-11-20'))).toEqual([]);
    expect(what(keys.manifest('2026-11-20'), 'other')).toEqual(['manifest']);
    expect(what(keys.manifest('2026-11-13'))).toEqual(['manifest']);
    expect(what(keys.manifest('2026-11-27'))).toEqual(['batch']);
    expect(what(keys.send('2026-11-20', 1, 1))).toEqual([]);
    expect(what(keys.send('2026-11-20', 1, 2))).toEqual(['send']);
    expect(what(keys.chunk('2026-11-27', 1, 'a'.repeat(64)))).toEqual([]);
    expect(what(keys.word('2026-11-20', 'ab12'))).toEqual([]);
    expect(what(keys.word('2026-11-20', 'cd34'))).toEqual(['word']);
    // PayPal tells it again.
    expect(what(keys.accepted('2026-11-20', 1, 1))).toEqual([]);
    expect(what('prog/batches/readme.txt')).toEqual([]);
  });

  it('its keys say what they hold', () => {
    expect(readKey(keys.manifest('2026-11-20'))).toEqual({ kind: 'manifest', pay_date: '2026-11-20' });
    expect(readKey(keys.chunk('2026-11-20', 3, 'ab'.repeat(32)))).toEqual({
      kind: 'chunk',
      pay_date: '2026-11-20',
      n: 3,
    });
    expect(readKey(keys.send('2026-11-20', 3, 2))).toEqual({
      kind: 'send',
      pay_date: '2026-11-20',
      chunk: 3,
      attempt: 2,
    });
    expect(readKey(keys.word('2026-11-20', 'ab12'))).toEqual({ kind: 'word', pay_date: '2026-11-20', word_id: 'ab12' });
    expect(readKey(keys.accepted('2026-11-20', 3, 2))).toBeNull();
  });

  it('a word is replayed by what is missing of it: nothing twice, and nothing where the books say something else', () => {
    const frozen: WordTransfer = ['freeze', null, 5, 1];
    const paid: WordTransfer = ['paid', null, 5, 2];
    const back: WordTransfer = ['came_back', null, 5, 3];
    expect(transfersLeft([frozen], [frozen, paid])).toEqual([paid]);
    // When the books heard of it does not count, and amounts do.
    expect(transfersLeft([frozen, ['paid', null, 5, 9]], [frozen, paid, back])).toEqual([back]);
    expect(transfersLeft([frozen, ['paid', null, 4, 2]], [frozen, paid])).toBeNull();
    expect(transfersLeft([frozen, ['returned', null, 5, 2]], [frozen, paid])).toBeNull();
    expect(transfersLeft([frozen, paid, back], [frozen, paid])).toEqual([]);
    expect(transfersLeft([frozen, ['paid', 1, 5, 2]], [frozen, paid])).toBeNull();
  });

  it('money that came back: held until each part has its word, paid while another part stayed', () => {
    const one: WordTransfer[] = [
      ['freeze', null, 9, 1],
      ['paid', null, 9, 2],
      ['came_back', 1, 4, 3],
    ];
    expect(standingOf(one)).toBe('held');
    expect(standingOf([...one, ['reinstated', 1, 4, 4]])).toBe('paid');
    const both: WordTransfer[] = [...one, ['reinstated', 1, 4, 4], ['came_back', 2, 5, 5]];
    expect(standingOf(both)).toBe('held');
    expect(standingOf([...both, ['written_off', 2, 5, 6]])).toBe('returned');
  });

  it('words come in the order in which they were said, and no free text is with them', () => {
    const word = (at: number, transfers: WordTransfer[]): WitnessWord => {
      const payout = { payout_id: 'po', partner_id: 'p', status: 'paid', fault: null, reference: null } as const;
      const payouts = [{ ...payout, transfers, items: [] }];
      return { version: 1, what: 'outcomes', pay_date: '2026-11-20', at, by: 'h', payouts, adopted: null };
    };
    const [first, second, later] = [word(1, [['paid', null, 5, 1]]), word(1, []), word(2, [])];
    expect(inOrder([later, first, second])).toEqual([second, first, later]);
    const { at, ...rest } = first;
    expect(wordText(first)).toBe(wordText({ ...rest, at }));
    expect(['TX-1', 'ask Ana', null].map(idAtMost)).toEqual(['TX-1', null, null]);
  });

  it('a replay marks each line that is there once, and books those that are lost', () => {
    const own = {
      partner_id: 'p',
      account_id: 'a',
      payment_id: 'x',
      kind: 'commission',
      cause_id: 'x',
      at: 1,
      payable_at: 2,
      amount: 5,
    };
    const line = { ...own, rate_bps: 2500, payout_id: 'po' };
    expect(claimAgain([{ ...own, seq: 7 }], [line, line])).toEqual({ marks: [[7, 'po']], missing: [line] });
    const other = { ...own, seq: 8, payable_at: 3 };
    expect(claimAgain([other], [line])).toEqual({ marks: [], missing: [line] });
    // A returned line is its payout’s, whenever the books heard of it.
    const returned = { ...line, account_id: null, payment_id: null, kind: 'returned', cause_id: 'po_1' };
    expect(claimAgain([{ ...returned, seq: 9, at: 50, payable_at: 50 }], [returned]).marks).toEqual([[9, 'po']]);
  });
});

describe('a webhook is read for ids alone', () => {
  it.each([
    ['{"resource":{"payout_item_id":"I1","payout_batch_id":"B1"}}', { payout_item_id: 'I1', payout_batch_id: 'B1' }],
    ['{"resource":{"batch_header":{"payout_batch_id":"B1"}}}', { payout_item_id: null, payout_batch_id: 'B1' }],
    ['{"resource":{"payout_item_id":["I1"]}}', { payout_item_id: null, payout_batch_id: null }],
    ['{"resource":{"payout_item_id":"../x"}}', { payout_item_id: null, payout_batch_id: null }],
    ['[]', { payout_item_id: null, payout_batch_id: null }],
    ['null', { payout_item_id: null, payout_batch_id: null }],
    ['<xml>', { payout_item_id: null, payout_batch_id: null }],
  ])('%s', (text, ids) => {
    expect(pokeOf(text)).toEqual(ids);
  });

  it('whatever is sent, it is read without a throw', () => {
    fc.assert(fc.property(fc.oneof(fc.json(), fc.string()), (text) => void pokeOf(text)));
  });
});

describe('configuration of payouts', () => {
  const env = {
    ENVIRONMENT: 'production',
    CLOCK: 'system',
    PAYOUT_RAIL: 'paypal',
    PAYOUT_APPROVAL: 'none',
    PAYPAL_API_BASE: 'https://api-m.paypal.com',
    PAYPAL_POLL_SECONDS: '900',
    PAYPAL_CLIENT_ID: 'id',
    PAYPAL_CLIENT_SECRET: 'a-secret-of-ours',
  };
  const { PAYPAL_CLIENT_ID: _, PAYPAL_CLIENT_SECRET: __, ...bare } = env;
  const errorsOf = (change: Partial<typeof env>) => {
    const checked = checkPayoutsConfig({ ...env, ...change });
    return checked.ok ? [] : checked.errors;
  };

  it('the PayPal rail needs credentials; export does without, and keeps what it has', () => {
    expect(checkPayoutsConfig(env)).toMatchObject({ ok: true, config: { rail: 'paypal', poll_ms: 900_000 } });
    expect(checkPayoutsConfig(bare)).toMatchObject({
      ok: false,
      errors: [/CLIENT_ID/, /CLIENT_SECRET/].map((pattern) => expect.stringMatching(pattern)),
    });
    expect(checkPayoutsConfig({ ...bare, PAYOUT_RAIL: 'export' })).toMatchObject({
      ok: true,
      config: { paypal: null },
    });
    expect(checkPayoutsConfig({ ...env, PAYOUT_RAIL: 'export' })).toMatchObject({
      ok: true,
      config: { paypal: { client_id: 'id' } },
    });
  });

  it('every error names its variable and no value', () => {
    expect(errorsOf({ PAYOUT_RAIL: 'cheque' })[0]).toContain('PAYOUT_RAIL');
    expect(errorsOf({ ENVIRONMENT: '' })[0]).toContain('ENVIRONMENT');
    expect(errorsOf({ PAYOUT_APPROVAL: 'maybe' })[0]).toContain('PAYOUT_APPROVAL');
    expect(errorsOf({ PAYPAL_API_BASE: 'http://api-m.paypal.com' })[0]).toContain('PAYPAL_API_BASE');
    expect(errorsOf({ PAYPAL_API_BASE: 'http://127.0.0.1:8080' })).toEqual([]);
    for (const bad of ['', '0', 'soon', '-5', '100000'])
      expect(errorsOf({ PAYPAL_POLL_SECONDS: bad })[0]).toContain('PAYPAL_POLL_SECONDS');
    expect(errorsOf({ CLOCK: 'header' })[0]).toContain('CLOCK');
    expect(JSON.stringify(errorsOf({ PAYPAL_API_BASE: 'x', PAYOUT_RAIL: 'y' }))).not.toContain('a-secret-of-ours');
  });
});

it('every attention says what happened and what to do, with the ids in it', () => {
  const text = attentionOf(send({ attention: 'duplicate_unlinked' }));
  expect(text).toMatchObject({ what: 'duplicate_unlinked' });
  expect(text?.happened).toContain('p-2026-11-20-1-1');
  expect(text?.to_do).toContain('chunks/1/adoption');
  expect(attentionOf(send())).toBeNull();
});
