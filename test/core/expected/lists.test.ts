import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { personOf } from '../../../src/expected/expected.schemas.ts';
import {
  countVerdicts,
  firstExpected,
  judgeRows,
  verdictOf,
  VERDICTS,
  type ExpectedPerson,
  type RowEvidence,
} from '../../../src/expected/list.rules.ts';
import { readCsv } from '../../../src/expected/read-csv.ts';
import { decideSignup, type SignupEvidence } from '../../../src/signup/signup.rules.ts';

const person = (email: string): ExpectedPerson => ({ email, name: null, company: null });

describe('B1: a list as CSV', () => {
  it('has a header of email, name and company in any order, and cells with commas, quotes and line ends', async () => {
    const text =
      '\uFEFFCompany,EMAIL,name\r\n"Acme, Inc.",ann@acme.example,"Ann ""A"" Smith"\r\n\r\n, bob@x.example ,\r\n"two\nlines",c@x.example,C\r\n';
    expect(await readCsv(text)).toEqual({
      ok: true,
      rows: [
        { company: 'Acme, Inc.', email: 'ann@acme.example', name: 'Ann "A" Smith' },
        { email: 'bob@x.example' },
        { company: 'two\nlines', email: 'c@x.example', name: 'C' },
      ],
    });
  });

  it.each([
    ['no header', 'ann@acme.example\n', 'no_email'],
    ['nothing at all', '', 'no_email'],
    ['no email column', 'name,company\nAnn,Acme\n', 'no_email'],
    ['an unknown column', 'email,phone\nann@acme.example,1\n', 'column'],
    ['a column twice', 'email,email\na@x.example,b@x.example\n', 'column'],
    ['a quote that is not closed', 'email\n"ann@acme.example\n', 'not_csv'],
  ])('%s is refused as a whole', async (_, text, reason) => {
    expect(await readCsv(text)).toEqual({ ok: false, reason });
  });

  it('a row with other cells than the header is malformed; the rest of the list stands', async () => {
    const read = await readCsv('email,name\na@x.example\nb@x.example,B,more\nc@x.example,C\n');
    const rows = read.ok ? judgeRows(read.rows.map(personOf)) : [];
    expect(rows.map((row) => row.received)).toEqual(['malformed', 'malformed', 'received']);
  });

  it('reads back whatever is written as quoted cells', async () => {
    const cell = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text.trim() === text && text !== '');
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { minLength: 1, maxLength: 20 }), async (emails) => {
        const text = ['email', ...emails.map((email) => `"${email.replaceAll('"', '""')}"`)].join('\n');
        expect(await readCsv(text)).toEqual({ ok: true, rows: emails.map((email) => ({ email })) });
      }),
    );
  });
});

describe('B1: what a partner is told of a row', () => {
  it('follows from the list alone: received, malformed, or duplicate of one before (addresses folded)', () => {
    const rows = [
      personOf({ email: 'ann@acme.example' }),
      personOf({ email: 'no address' }),
      personOf({ email: ' Ann+list@ACME.example ' }),
      personOf({}),
      personOf({ email: 'b.o.b@gmail.com' }),
      personOf({ email: 'bob@googlemail.com' }),
      personOf({ email: 'cy@acme.example', name: 'C\u0000' }),
      personOf({ email: 'cy@acme.example', name: ' ', company: '' }),
    ];
    expect(judgeRows(rows).map(({ row, received }) => [row, received])).toEqual([
      [1, 'received'],
      [2, 'malformed'],
      [3, 'duplicate'],
      [4, 'malformed'],
      [5, 'received'],
      [6, 'duplicate'],
      [7, 'malformed'],
      [8, 'received'],
    ]);
    expect(judgeRows(rows).every(({ received, person: kept }) => (received === 'received') === (kept !== null))).toBe(
      true,
    );
  });

  it('of any list, each address is received once, and every row has a verdict', () => {
    const email = fc.constantFrom('a@x.example', 'A+1@x.example', 'b@x.example', 'c@y.example', null);
    fc.assert(
      fc.property(fc.array(email), (emails) => {
        const rows = judgeRows(emails.map((address) => (address === null ? null : person(address))));
        expect(rows.map(({ row }) => row)).toEqual(emails.map((_, i) => i + 1));
        const distinct = new Set(emails.flatMap((address) => (address === null ? [] : [address.toLowerCase()[0]])));
        expect(rows.filter(({ received }) => received === 'received')).toHaveLength(distinct.size);
      }),
    );
  });
});

describe('B1: what an operator is told of a row', () => {
  const nothing: RowEvidence = { own: false, tracked_elsewhere: false, existing: false, listed_elsewhere: false };
  it.each([
    [{}, 'accepted'],
    [{ existing: true }, 'existing_account'],
    [{ existing: true, tracked_elsewhere: true }, 'tracked_to_another'],
    [{ listed_elsewhere: true }, 'listed_by_another'],
    [{ existing: true, listed_elsewhere: true }, 'existing_account'],
    [{ own: true }, 'self_referral'],
    [{ own: true, existing: true, tracked_elsewhere: true, listed_elsewhere: true }, 'self_referral'],
  ] as const)('%j: %s', (evidence, verdict) => {
    expect(verdictOf({ ...nothing, ...evidence })).toBe(verdict);
  });

  it('a row is accepted only where nothing stands against it', () => {
    fc.assert(
      fc.property(
        fc.record({
          own: fc.boolean(),
          tracked_elsewhere: fc.boolean(),
          existing: fc.boolean(),
          listed_elsewhere: fc.boolean(),
        }),
        (evidence) => {
          const verdict = verdictOf(evidence);
          expect(VERDICTS).toContain(verdict);
          expect(verdict === 'accepted').toBe(!Object.values(evidence).some(Boolean));
        },
      ),
    );
  });

  it('verdicts are counted, zeros written out', () => {
    expect(countVerdicts(['accepted', null, 'accepted', 'self_referral'])).toEqual({
      accepted: 2,
      existing_account: 0,
      tracked_to_another: 0,
      listed_by_another: 0,
      self_referral: 1,
    });
  });
});

describe('L3, B1: the order of sources', () => {
  const none: SignupEvidence = {
    click: null,
    promotion: null,
    how_heard_partners: [],
    expected_partner: null,
    form: null,
    invalid_token: false,
    invalid_signup_ref: false,
  };
  const click = { partner_id: 'clicked', code: 'c', click_id: 'k', clicked_at: 0 };
  const expected_partner = { partner_id: 'listed', list_id: 'lst_1' };
  const form = { form_account_id: 'form_1', partner_id: 'formed', source: 'last_click' as const };

  it.each([
    [{ click, how_heard_partners: ['named'], expected_partner, form }, 'clicked', 'last_click', 'L1'],
    [{ how_heard_partners: ['named'], expected_partner, form }, 'named', 'how_heard', 'L3'],
    [{ how_heard_partners: ['named', 'other'], expected_partner, form }, 'listed', 'bulk', 'B1'],
    [{ expected_partner, form }, 'listed', 'bulk', 'B1'],
    [{ form }, 'formed', 'last_click', 'R3'],
    [{}, null, null, 'L1'],
  ])('%j: %s', (evidence, partner_id, source, clause) => {
    expect(decideSignup({ ...none, ...evidence })).toMatchObject({
      partner_id,
      source,
      clause,
      list_id: source === 'bulk' ? 'lst_1' : null,
    });
  });

  it('B1: of two lists the first accepted one of an active partner', () => {
    const rows = [
      { partner_id: 'ann', list_id: 'l1' },
      { partner_id: 'bob', list_id: 'l2' },
    ];
    expect(firstExpected(rows, () => true)).toBe(rows[0]);
    expect(firstExpected(rows, (partner_id) => partner_id === 'bob')).toBe(rows[1]);
    expect(firstExpected(rows, () => false)).toBeNull();
  });
});
