import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readHouse, type House, type Role } from '../../../scripts/deploy/config.ts';
import { deploy, type Deployed } from '../../../scripts/deploy/deploy.ts';
import type { Wrangler } from '../../../scripts/deploy/resources.ts';
import { planSecrets, type SecretsSet } from '../../../scripts/deploy/secrets.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastclick-live-'));
});
afterAll(() => rm(folder, { recursive: true }));

const REAL = {
  HOME_URL: 'https://www.acme.com',
  PUBLIC_URL: 'https://go.acme.com',
  SIGNUP_ORIGINS: 'https://www.acme.com',
};

function acme(): House {
  const house = readHouse();
  const mail = { MAIL_FROM: 'partners@acme.com' };
  const real = { payouts: {}, program: { ...REAL, ...mail }, tracker: REAL };
  const at = (role: Role) => ({ ...house[role], vars: { ...house[role].vars, ...real[role] } });
  return { payouts: at('payouts'), program: at('program'), tracker: at('tracker') };
}

/** A Cloudflare account as wrangler shows it. */
function account(options: { signedIn?: boolean; secrets?: SecretsSet; breaks?: string } = {}) {
  const databases: { name: string; uuid: string }[] = [];
  const namespaces: { title: string; id: string }[] = [];
  const things = new Set<string>();
  const log: string[] = [];
  const uploads: Record<string, { config: Record<string, never>; secrets: Record<string, string> }> = {};
  const set: Record<string, readonly string[]> = {
    lastclick: options.secrets?.tracker ?? [],
    'lastclick-program': options.secrets?.program ?? [],
    'lastclick-payouts': options.secrets?.payouts ?? [],
  };
  const answer = (args: readonly string[]): { ok: boolean; stdout: string } => {
    const [a = '', b = '', c = '', d = ''] = args;
    if (options.breaks !== undefined && args.join(' ').startsWith(options.breaks))
      return { ok: false, stdout: 'the network is gone' };
    if (a === 'whoami') return { ok: options.signedIn ?? true, stdout: '{}' };
    if (a === 'secret') {
      const names = set[args[args.indexOf('--name') + 1] ?? ''] ?? [];
      const there = names.length > 0;
      return there
        ? { ok: true, stdout: JSON.stringify(names.map((name) => ({ name }))) }
        : { ok: false, stdout: `Worker "${args[3]}" not found.` };
    }
    if (a === 'd1' && b === 'list') return { ok: true, stdout: JSON.stringify(databases) };
    if (a === 'd1' && b === 'create') databases.push({ name: c, uuid: `id-of-${c}` });
    if (a === 'kv' && c === 'list') return { ok: true, stdout: JSON.stringify(namespaces) };
    if (a === 'kv' && c === 'create') namespaces.push({ title: d, id: `id-of-${d}` });
    if (args.includes('info')) return { ok: things.has(args.at(-1) ?? ''), stdout: '' };
    if (a === 'queues' && b === 'create') things.add(c);
    if (a === 'r2' && c === 'create') things.add(d);
    if (a === 'deploy') {
      const config = JSON.parse(readFileSync(args[2] ?? '', 'utf8'));
      const file = args[args.indexOf('--secrets-file') + 1] ?? '';
      uploads[config.name] = {
        config,
        secrets: args.includes('--secrets-file') ? JSON.parse(readFileSync(file, 'utf8')) : {},
      };
    }
    return { ok: true, stdout: '' };
  };
  const wrangler: Wrangler = async (...args) => {
    const { ok, stdout } = answer(args);
    log.push(args.join(' '));
    return { ok, stdout, output: stdout };
  };
  return { wrangler, log, uploads };
}

function goLive(wrangler: Wrangler, given: Record<string, string> = {}, house: House = acme()): Promise<Deployed> {
  return deploy({
    wrangler,
    house,
    demo: ['local-ingest-key'],
    given,
    folder,
    askOperators: async () => ['ana', 'ben'],
    say: () => {},
  });
}

describe('going live', () => {
  it('creates what is missing, migrates, and deploys each Worker after what it calls', async () => {
    const { wrangler, log, uploads } = account();
    const done = await goLive(wrangler);
    expect(done.ok).toBe(true);
    const created = log.filter((line) => line.includes(' create '));
    expect(created.toSorted()).toEqual([
      'd1 create lastclick-books --update-config=false',
      'd1 create lastclick-clicks --update-config=false',
      'kv namespace create lastclick-links --update-config=false',
      'queues create lastclick-clicks',
      'queues create lastclick-clicks-dead',
      'queues create lastclick-webhooks',
      'queues create lastclick-webhooks-dead',
      'r2 bucket create lastclick-archive',
      'r2 bucket create lastclick-backups',
      'r2 bucket create lastclick-witness',
    ]);
    expect(Object.keys(uploads)).toEqual(['lastclick-payouts', 'lastclick-program', 'lastclick']);
    const steps = log
      .filter((line) => /^(?:d1 migrations|deploy)/.test(line))
      .map((line) => line.split(' ').slice(0, 4).join(' '));
    expect(steps.slice(0, 2)).toEqual(['d1 migrations apply BOOKS', 'd1 migrations apply CLICKS']);

    // The Workers share what they name: one id each, written out.
    const ids = Object.values(uploads).flatMap(
      ({ config }) => JSON.stringify(config).match(/id-of-lastclick-(?:books|links)/g) ?? [],
    );
    expect(ids.filter((id) => id === 'id-of-lastclick-books')).toHaveLength(3);
    expect(ids.filter((id) => id === 'id-of-lastclick-links')).toHaveLength(2);
  });

  it('makes secrets, gives each only to its holders, and shows what people need', async () => {
    const { wrangler, uploads } = account();
    const done = await goLive(wrangler);
    const [tracker, program, payouts] = ['lastclick', 'lastclick-program', 'lastclick-payouts'].map(
      (name) => uploads[name]?.secrets ?? {},
    );
    expect(Object.keys(tracker ?? {})).toEqual(['COOKIE_KEYS']);
    expect(Object.keys(program ?? {}).toSorted()).toEqual([
      'AUTH_SECRET',
      'COOKIE_KEYS',
      'INGEST_API_KEY',
      'OPERATOR_API_KEYS',
      'TOKEN_PRIVATE_JWK',
    ]);
    expect(payouts).toEqual({});
    expect(tracker?.['COOKIE_KEYS']).toBe(program?.['COOKIE_KEYS']);
    expect(program?.['OPERATOR_API_KEYS']).toMatch(/^ana:[\w-]{32},ben:[\w-]{32}$/);
    expect(done).toMatchObject({ ok: true, made: { INGEST_API_KEY: program?.['INGEST_API_KEY'] } });
  });

  it('run again, creates nothing and keeps the secrets', async () => {
    const { wrangler, log } = account();
    await goLive(wrangler);
    const held = {
      tracker: ['COOKIE_KEYS'],
      program: ['COOKIE_KEYS', 'TOKEN_PRIVATE_JWK', 'AUTH_SECRET', 'INGEST_API_KEY', 'OPERATOR_API_KEYS'],
      payouts: [],
    };
    const before = log.length;
    const later = account({ secrets: held });
    const again: Wrangler = (...args) => (args[0] === 'secret' ? later.wrangler(...args) : wrangler(...args));
    expect(await goLive(again)).toEqual({ ok: true, made: {} });
    const second = log.slice(before);
    expect(second.filter((line) => line.includes(' create '))).toEqual([]);
    expect(second.filter((line) => line.includes('--secrets-file'))).toEqual([]);
  });

  it('touches nothing when it refuses', async () => {
    const { wrangler, log } = account();
    expect(await goLive(wrangler, {}, readHouse())).toMatchObject({ ok: false });
    expect(await goLive(wrangler, { INGEST_API_KEY: 'x-local-ingest-key' })).toMatchObject({ ok: false });
    expect(log.filter((line) => / (?:create|apply) |^deploy/.test(line))).toEqual([]);
  });

  it('says so when nobody is signed in', async () => {
    const { wrangler } = account({ signedIn: false });
    expect(await goLive(wrangler)).toMatchObject({ ok: false, reasons: [expect.stringContaining('wrangler login')] });
  });

  it('makes no new keys when it could not learn which are set', async () => {
    const { wrangler, log } = account({ breaks: 'secret list' });
    await expect(goLive(wrangler)).rejects.toThrow('could not list the secrets');
    expect(log.filter((line) => / (?:create|apply) |^deploy/.test(line))).toEqual([]);
  });
});

describe('secrets of a deploy', () => {
  const none: SecretsSet = { tracker: [], program: [], payouts: [] };

  it('are not made anew for one Worker when another has them already', () => {
    const half: SecretsSet = {
      ...none,
      program: ['COOKIE_KEYS', 'TOKEN_PRIVATE_JWK', 'INGEST_API_KEY', 'OPERATOR_API_KEYS'],
    };
    expect(planSecrets(half, {}, [], 'export')).toEqual({ ok: false, missing: ['COOKIE_KEYS'] });
    const given = { COOKIE_KEYS: 'k2:new,k1:old' };
    expect(planSecrets(half, given, [], 'export')).toMatchObject({
      ok: true,
      plan: { uploads: { tracker: given, program: given }, made: {} },
    });
  });

  it('of operators need names', () => {
    expect(planSecrets(none, {}, [], 'export')).toEqual({ ok: false, missing: ['OPERATOR_API_KEYS'] });
  });

  it('that are optional are set only when given', () => {
    const planned = planSecrets(none, { STRIPE_WEBHOOK_SECRET: 'whsec_1', PAYPAL_CLIENT_ID: 'id' }, ['ana'], 'export');
    expect(planned).toMatchObject({
      ok: true,
      plan: { uploads: { payouts: { PAYPAL_CLIENT_ID: 'id' }, program: { STRIPE_WEBHOOK_SECRET: 'whsec_1' } } },
    });
  });

  it('of PayPal have to be given where payouts go by PayPal', () => {
    const missing = ['PAYPAL_CLIENT_ID', 'PAYPAL_CLIENT_SECRET'];
    expect(planSecrets(none, {}, ['ana'], 'paypal')).toEqual({ ok: false, missing });
    const given = { PAYPAL_CLIENT_ID: 'id', PAYPAL_CLIENT_SECRET: 'secret' };
    expect(planSecrets(none, given, ['ana'], 'paypal')).toMatchObject({
      ok: true,
      plan: { uploads: { payouts: given } },
    });
  });
});
