import { describe, expect, it } from 'vitest';

import { endedWell, type PayoutsReport, runOn } from '../../../src/payout/run.ts';

const report = (done: string[], unfinished: string | null, more = false): PayoutsReport => ({
  done,
  unfinished,
  behind: [],
  more,
});

/** Runs that come to this, one after the other; how many were asked for. */
function turns(...later: PayoutsReport[]) {
  let asked = 0;
  const again = async (): Promise<PayoutsReport> => {
    const next = later[Math.min(asked, later.length - 1)];
    asked += 1;
    if (!next) throw new Error('nothing was unfinished');
    return next;
  };
  return { again, asked: () => asked };
}

describe('one firing of a cron', () => {
  it('goes on in invocations of their own until everything due is done, and tells all of it', async () => {
    const { again, asked } = turns(
      report(['2026-11-13'], '2026-11-20'),
      report([], '2026-11-20'),
      report(['2026-11-20'], null),
    );
    expect(await runOn(report(['2026-11-06'], '2026-11-13'), again)).toEqual(
      report(['2026-11-06', '2026-11-13', '2026-11-20'], null),
    );
    expect(asked()).toBe(3);
  });

  it('P7: goes on while steps of sending or reading again are left, and ends well even where some are left in the end', async () => {
    const { again, asked } = turns(report([], null, true), report([], null));
    expect(await runOn(report(['2026-11-20'], null, true), again)).toEqual(report(['2026-11-20'], null));
    expect(asked()).toBe(2);
    const endless = turns(report([], null, true));
    expect(endedWell(await runOn(report([], null, true), endless.again))).toBe(true);
    expect(endless.asked()).toBe(19);
  });

  it('asks for no other invocation where nothing is left, or where the books are behind', async () => {
    const { again, asked } = turns();
    const behind = {
      done: [],
      unfinished: null,
      behind: [{ key: 'k', pay_date: '2026-11-20', what: 'batch' as const }],
      more: false,
    };
    expect(await runOn(report(['2026-11-20'], null), again)).toEqual(report(['2026-11-20'], null));
    expect(await runOn(behind, again)).toEqual(behind);
    expect(asked()).toBe(0);
  });

  it('leaves what never ends to the next cron, and fails as its invocations do', async () => {
    const { again, asked } = turns(report([], '2026-11-20'));
    expect((await runOn(report([], '2026-11-20'), again)).unfinished).toBe('2026-11-20');
    expect(asked()).toBe(19);
    await expect(runOn(report([], '2026-11-20'), () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
  });

  it('ended well where nothing that is due is left: a pay day that never ends shows among the heartbeats', () => {
    const missing = { key: 'k', pay_date: '2026-11-20', what: 'batch' as const };
    expect(endedWell(report(['2026-11-20'], null))).toBe(true);
    expect(endedWell(report([], null))).toBe(true);
    expect(endedWell(report([], '2026-11-20'))).toBe(false);
    expect(endedWell({ ...report([], null), behind: [missing] })).toBe(false);
  });
});
