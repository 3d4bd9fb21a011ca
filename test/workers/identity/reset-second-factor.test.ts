import { beforeEach, expect, it } from 'vitest';

import { resetSecondFactor } from '../../../src/identity/reset-second-factor.ts';
import { userByEmail } from '../../../src/identity/user.repo.ts';
import { freshDatabases } from '../../support/books.ts';
import { page } from '../../support/pages.ts';
import { books } from '../../support/world.ts';
import { rows } from '../privacy/ask.ts';
import { cookiesOf, mailTo, setUp, signedIn, signIn, signInWith, somebody, type Somebody } from './people.ts';

beforeEach(freshDatabases);

async function reset(who: Somebody | string, by: string) {
  const db = books();
  const user_id = typeof who === 'string' ? who : ((await userByEmail(db, who.email))?.id ?? '');
  const now = Date.now();
  return resetSecondFactor({ books: db, now, by, machine_now: now }, user_id);
}

it('a partner’s lost second factor is taken away by one operator: sessions end, recovery codes die, the partner is told', async () => {
  const pia = somebody('partner', 'pia');
  const { cookie, codes } = await setUp(pia, await signedIn(pia));
  expect(await reset(pia, 'ana')).toEqual({ ok: true });
  expect((await page('/partners', { cookie })).status).toBe(303);
  expect((await signIn(pia)).location).toBe('/partners');
  expect(await rows("SELECT actor FROM audit_log WHERE action = 'second_factor.reset'")).toEqual([{ actor: 'ana' }]);
  expect((await mailTo(pia.email)).map((mail) => mail.subject)).toContain('Your second factor was taken away');
  expect(await reset(pia, 'ana')).toEqual({ ok: false, reason: 'none' });
  expect(await reset('usr_nobody', 'ana')).toEqual({ ok: false, reason: 'not_found' });
  // What was set up anew has codes of its own.
  await setUp(pia, cookiesOf(await signIn(pia)));
  expect((await signInWith(pia, codes[0] ?? '', 'recovery')).status).toBe(400);
});

it('an operator’s is not taken away so: their sign-in is given anew, by two people', async () => {
  const cyd = somebody('operator', 'cyd');
  const { cookie } = await setUp(cyd, await signedIn(cyd));
  expect(await reset(cyd, 'ana')).toEqual({ ok: false, reason: 'not_found' });
  expect((await page('/console', { cookie })).status).toBe(200);
});
