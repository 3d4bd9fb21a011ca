import { beforeEach, expect, it } from 'vitest';

import { page, textOf, type PageSeen } from '../../support/pages.ts';
import { begin, friday, month, pay, signup } from '../earnings/play.ts';
import { codeOf, PASSWORD, setUp, signedIn, somebody } from '../identity/people.ts';
import { rows } from '../partner/api.ts';

const ann = { ...somebody('partner', 'ann'), email: 'ann@partners.example' };
const T = '2026-04-06T18:00:00Z';
const LATER = '2026-04-07T18:00:00Z';
const REMOVE = '/partners/settings/paypal/remove';

let cookie = '';
beforeEach(async () => {
  await begin();
  cookie = await signedIn(ann);
});

const open = (path: string, at = T) => page(path, { cookie, at });
const send = (path: string, form: Record<string, string>, at = T) => page(path, { cookie, at, form });
const said = ({ html }: PageSeen) => textOf(html);
const onFile = async () =>
  (
    await rows<{ value: string | null; by: string }>(
      "SELECT value, by FROM partner_facts WHERE partner_id = 'ann' AND field = 'paypal' ORDER BY n DESC LIMIT 1",
    )
  )[0];

it('a partner removes the PayPal address by their password; nothing is paid then, and the home page says why (P3)', async () => {
  await signup('acme');
  await pay('acme', 'pay1', month(1), 80_000);
  expect(said(await open('/partners'))).toContain('There is a PayPal address that serves.');
  for (const wrong of [{}, { remove_password: 'not my password at all' }]) {
    const refused = await send(REMOVE, wrong as Record<string, string>);
    expect([refused.status, refused.html]).toEqual([
      400,
      expect.stringMatching(/id="remove_password-fault">This is not your present password/),
    ]);
    // What the reader has just opened stands open, and the other form blames nothing.
    expect(refused.html).toMatch(/<details open/);
    expect(refused.html).not.toContain('id="password-fault"');
  }
  expect((await onFile())?.value).not.toBeNull();

  expect((await send(REMOVE, { remove_password: PASSWORD })).location).toBe('/partners/settings?done=removed');
  expect(await onFile()).toEqual({ value: null, by: 'partner:ann' });
  const done = said(await open('/partners/settings?done=removed'));
  expect(done).toContain('Your PayPal address is removed');
  expect(done).toContain('Without a PayPal address nothing is paid, and everything carries over (P3)');
  expect(said(await open('/partners'))).toContain('There is no PayPal address to pay to.');
  expect(await rows("SELECT actor, via, details FROM audit_log WHERE action = 'partner.change'")).toEqual([
    { actor: 'partner:ann', via: 'center', details: '{"fields":["paypal"]}' },
  ]);
  await friday('2026-04-17');
  expect(await rows('SELECT * FROM payouts')).toEqual([]);
});

it('asks for a code where there is a second factor; the password alone removes nothing', async () => {
  const { secret, cookie: next } = await setUp(ann, cookie);
  cookie = next;
  expect((await open('/partners/settings')).html).not.toContain('type="password"');
  expect((await send(REMOVE, { remove_password: PASSWORD })).status).toBe(400);
  const wrong = await send(REMOVE, { remove_code: '000000', kind: 'app' });
  expect([wrong.status, wrong.html]).toEqual([400, expect.stringContaining('id="remove_code-fault"')]);
  expect((await onFile())?.value).not.toBeNull();
  expect((await send(REMOVE, { remove_code: await codeOf(secret), kind: 'app' })).status).toBe(303);
  expect((await onFile())?.value).toBeNull();
});

it('without an address there is nothing to remove; the one that served before serves at once when set again (P3)', async () => {
  expect((await open('/partners/settings')).html).toContain(REMOVE);
  await send(REMOVE, { remove_password: PASSWORD });
  expect((await open('/partners/settings')).html).not.toContain(REMOVE);
  expect((await send(REMOVE, { remove_password: PASSWORD }, LATER)).status).toBe(303);
  const form = { paypal_email: 'ann@pay.example', paypal_again: 'ann@pay.example', password: PASSWORD };
  await send('/partners/settings/paypal', form, LATER);
  expect(said(await open('/partners/settings', LATER))).toContain('Payouts go to ann@pay.example');
  expect(said(await open('/partners', LATER))).toContain('There is a PayPal address that serves.');
});

it('one that waits is removed with the former one: payouts stop at once (P3)', async () => {
  const form = { paypal_email: 'new@pay.example', paypal_again: 'new@pay.example', password: PASSWORD };
  await send('/partners/settings/paypal', form);
  await send(REMOVE, { remove_password: PASSWORD });
  for (const at of [T, '2026-04-10T18:00:00Z'])
    expect(said(await open('/partners', at))).toContain('There is no PayPal address to pay to.');
});
