import { expect, it } from 'vitest';

import { BACKUP_CRON } from '../../../src/backup/run.ts';
import { CRONS, cronNamed, pulseUrl } from '../../../src/heartbeat/heartbeat.rules.ts';
import { payouts, program } from '../../support/shipped.ts';

it('every cron of the wrangler configurations is watched, and no other', () => {
  const shipped = [
    ...(program.triggers?.crons ?? []).map((cron) => ['program', cron]),
    ...(payouts.triggers?.crons ?? []).map((cron) => ['payouts', cron]),
  ];
  const watched = Object.values(CRONS).map(({ worker, cron }) => [worker, cron]);
  expect(watched.toSorted()).toEqual(shipped.toSorted());
  expect(CRONS.backup.cron).toBe(BACKUP_CRON);
});

it('P1: the pay day’s cron is watched whatever its weekday; another Worker’s is not taken for it', () => {
  expect(cronNamed('payouts', '0 17 * * THU')).toBe('friday');
  expect(cronNamed('payouts', '30 17 * * *')).toBe('daily');
  expect(cronNamed('program', '0 17 * * FRI')).toBeNull();
  expect(cronNamed('payouts', '*/5 * * * *')).toBeNull();
});

it('a pulse goes to https alone, or to this machine', () => {
  expect(pulseUrl('https://hc.example/k/lc-{cron}', 'mail')).toBe('https://hc.example/k/lc-mail');
  expect(pulseUrl('http://127.0.0.1:9270/{cron}', 'daily')).toBe('http://127.0.0.1:9270/daily');
  for (const bad of [undefined, '', 'hc.example', 'http://hc.example/', 'ftp://hc.example/', 'javascript:alert(1)'])
    expect([bad, pulseUrl(bad, 'mail')]).toEqual([bad, null]);
});
