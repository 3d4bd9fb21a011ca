import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';

import { runArchive } from '../../../src/archive/run.ts';
import { keepClicks } from '../../../src/attribution/click.repo.ts';
import { openDatabase } from '../../../src/program/commit.repo.ts';
import { countClicks } from '../../../src/statistics/count.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { givePartner } from '../../support/world.ts';
import { account, clicked, file, forgetTokens, recordClick, signup, tokenOf, visitor } from '../referrer/file.ts';

const CLICKED = '2026-01-10T00:00:00Z';
const LATER = '2026-01-20T00:00:00Z';
const OPENED = '2026-06-25T17:00:00Z';
const ASKED = '2026-07-01T00:00:00Z';

beforeEach(async () => {
  await freshDatabases();
  forgetTokens();
  for (const partner of ['ann', 'bob']) await givePartner(partner);
});

/** Every click there is counts for good, and those that are old enough move. */
async function moveAll(at: string): Promise<void> {
  const hour = Date.parse(`${at.slice(0, 10)}T04:00:00Z`);
  for (let i = 0; i < 80; i++) await countClicks(env, hour);
  await runArchive(env, hour);
  expect(await env.CLICKS.prepare('SELECT count(*) AS n FROM clicks').first('n')).toBe(0);
  expect(await env.CLICKS.prepare('SELECT sum(clicks) AS n FROM archive_parts').first<number>('n')).toBeGreaterThan(0);
}

describe('what the archive holds is evidence as before', { timeout: 90_000 }, () => {
  it('R4: an audit finds a later click of another’s in the archive, and corrects the referrer', async () => {
    await recordClick('ann', CLICKED, visitor('a1'));
    await recordClick('bob', LATER, visitor('a1'));
    await recordClick('bob', LATER, visitor('a2'));
    await signup('a1', OPENED, { referral_token: await clicked('ann', CLICKED, 'a1') });
    await moveAll(ASKED);
    const audit = await file('bob', ASKED, { account_id: 'a1' }, 'audit');
    expect(audit.body).toMatchObject({ outcome: 'corrected', reason: 'corrected_to_asker' });
    expect(await account('a1')).toMatchObject({ referrer: { partner_id: 'bob', source: 'audit' } });
  });

  it('R4: a bot’s click in the archive corrects nothing', async () => {
    await recordClick('bob', LATER, visitor('a1'), 'bot');
    await signup('a1', OPENED, { referral_token: await clicked('ann', CLICKED, 'a1') });
    await moveAll(ASKED);
    expect((await file('bob', ASKED, { account_id: 'a1' }, 'audit')).body['outcome']).not.toBe('corrected');
    expect(await account('a1')).toMatchObject({ referrer: { partner_id: 'ann' } });
  });

  it('L1: a signup whose last click does not count goes back to an archived one', async () => {
    await recordClick('ann', CLICKED, visitor('a1'));
    await moveAll(OPENED);
    await call('PATCH', '/v1/partners/bob', {
      as: 'ana',
      at: '2026-06-01T00:00:00Z',
      body: { status: 'suspended', reason: 'a reason' },
    });
    await signup('a1', OPENED, { referral_token: await clicked('bob', '2026-06-20T00:00:00Z', 'a1') });
    expect(await account('a1')).toMatchObject({ referrer: { partner_id: 'ann', source: 'last_click' } });
  });

  it('statistics name the campaign of a signup whose click has moved', async () => {
    const token = await clicked('ann', CLICKED, 'a1');
    await signup('a1', OPENED, { referral_token: token });
    await signup('a2', OPENED, { referral_token: await clicked('ann', LATER, 'a2') });
    const { results } = await env.BOOKS.prepare(
      'SELECT click_id, visitor_id FROM account_clicks ORDER BY account_id',
    ).all<{ click_id: string; visitor_id: string }>();
    const rows = results.map(({ click_id, visitor_id }, i) => {
      const at = i === 0 ? CLICKED : LATER;
      const own = { click_id, visitor_id, clicked_at: Date.parse(at), day: at.slice(0, 10) };
      return { ...own, code: 'ann', partner_id: 'ann', class: 'person' as const, sub_id: i === 0 ? 'spring' : null };
    });
    await keepClicks(openDatabase(env.CLICKS), rows);
    const ask = async () => {
      const query = 'from=2026-06-01&to=2026-06-30&by=sub_id';
      const answer = await call('GET', `/v1/statistics?${query}`, { as: await tokenOf('ann'), at: ASKED });
      return answer.body['data'];
    };
    const before = await ask();
    expect(JSON.stringify(before)).toContain('spring');
    await moveAll(ASKED);
    expect(await ask()).toEqual(before);
  });
});
