import { env } from 'cloudflare:workers';
import { exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { confirmUrl } from '../../../src/referrer/confirm-token.ts';
import { call } from '../../support/api.ts';
import { freshDatabases } from '../../support/books.ts';
import { givePartner } from '../../support/world.ts';
import { linkIn, outbox, Post } from '../mail/post.ts';
import { claim, claimToken, joinByAddress, openAccount, press, referrerOf, visit } from './page.ts';

const T0 = '2026-03-02T12:00:00Z';
const T1 = '2026-03-02T13:00:00Z';
const T2 = '2026-03-03T12:00:00Z';
const CLIENT = 'jane@client.example';

let post = new Post();
beforeEach(async () => {
  await freshDatabases();
  post = new Post();
  await givePartner('ann');
  await givePartner('eve');
});
afterEach(() => vi.restoreAllMocks());

/** A claim whose question has been mailed: its id and the path of the page. */
async function asked(at = T1): Promise<{ claim_id: string; link: string }> {
  await openAccount('a1', CLIENT, T0);
  const claim_id = await claim('ann', 'a1', at);
  await post.run(at);
  return { claim_id, link: linkIn(post.to(CLIENT)[0]) };
}

async function confirmations() {
  const { results } = await env.BOOKS.prepare('SELECT * FROM confirmations ORDER BY asked_at').all();
  return results;
}

describe('the confirmation page', () => {
  it('R3: names the claimant, says what yes and no mean, and needs no script', async () => {
    const { link } = await asked();
    expect(link).toMatch(/^\/confirm\/[\w-]+\.[\w-]+\.[\w-]+$/);
    const { status, text, headers } = await visit(link, { at: T2 });
    expect(status).toBe(200);
    expect(text).toContain('<h1>Did ann refer you to Lastclick?</h1>');
    expect(text).toMatch(/<form method="post" aria-label="Your answer">/);
    expect(text.match(/<button type="submit" name="answer" value="(?:yes|no)"/g)).toHaveLength(2);
    expect(text).toContain('<html lang="en">');
    expect(text).toContain('name="viewport"');
    expect(text).not.toMatch(/<script|onclick|<img|<link|https?:\/\//);
    expect(text).not.toContain(CLIENT);
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
    );
    const [, style = ''] = /<style>([^]*)<\/style>/.exec(text) ?? [];
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style)));
    expect(headers.get('content-security-policy')).toContain(`'sha256-${btoa(String.fromCharCode(...digest))}'`);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-robots-tag')).toContain('noindex');
  });

  it('R3: a mail scanner that opens every link, with GET and HEAD, again and again, decides nothing', async () => {
    const { link, claim_id } = await asked();
    for (const method of ['GET', 'HEAD', 'GET', 'HEAD', 'OPTIONS', 'PUT'])
      await visit(`${link}${method === 'GET' ? '?answer=yes' : ''}`, { method, at: T2 });
    expect(await confirmations()).toMatchObject([{ answer: null, answered_at: null }]);
    expect(await referrerOf('a1')).toBeNull();
    const { body } = await call('GET', '/v1/claims', { as: 'ana', at: T2 });
    expect(body['data']).toMatchObject([{ claim_id, outcome: 'needs_client_confirmation' }]);
  });

  it('R3: yes grants the claim, and the letter is there by API and by mail in the same words', async () => {
    const { link, claim_id } = await asked();
    const done = await press(link, 'yes', T2);
    expect(done.status).toBe(200);
    expect(done.text).toContain('Thank you, your answer is recorded');
    expect(await referrerOf('a1')).toMatchObject({ partner_id: 'ann', source: 'claim' });
    expect(await confirmations()).toMatchObject([
      { answer: 'yes', answered_by: 'client', answered_at: Date.parse(T2) },
    ]);
    await post.run(T2);
    const letter = post.news.find((mail) => mail.to === 'ann@partners.example');
    expect(letter?.subject).toBe('Your claim is granted');
    const by_api = await call('GET', `/v1/claims/${claim_id}/letter`, { as: await claimToken('ann', T2), at: T2 });
    expect(by_api.body).toMatchObject({ subject: letter?.subject, text: letter?.text, html: letter?.html });
    expect(by_api.body).toMatchObject({ dated_on: '2026-03-03', clauses: [{ clause: 'R3' }] });
  });

  it('R3: no ends the claim for good', async () => {
    const { link, claim_id } = await asked();
    expect((await press(link, 'no', T2)).text).toContain('You answered no');
    expect(await referrerOf('a1')).toBeNull();
    const { body } = await call('GET', `/v1/claims/${claim_id}/letter`, { as: 'ana', at: T2 });
    expect(body).toMatchObject({ subject: 'Your claim was not confirmed', clauses: [{ clause: 'R3' }] });
  });

  it('R3: a link answers once: the same answer shows the same page, another one changes nothing', async () => {
    const { link } = await asked();
    const first = await press(link, 'yes', T2);
    const again = await press(link, 'yes', T2);
    expect([again.status, again.text]).toEqual([200, first.text]);
    const opened = await visit(link, { at: T2 });
    expect([opened.status, opened.text]).toEqual([200, first.text]);
    const other = await press(link, 'no', T2);
    expect(other.status).toBe(409);
    expect(other.text).toContain('answered already');
    expect(await referrerOf('a1')).toMatchObject({ partner_id: 'ann' });
  });

  it('R3: of two answers at once exactly one counts', async () => {
    const { link } = await asked();
    const both = await Promise.all([press(link, 'yes', T2), press(link, 'no', T2), press(link, 'yes', T2)]);
    const [row] = await confirmations();
    const counted = row?.['answer'] === 'yes' ? [200, 409, 200] : [409, 200, 409];
    expect(both.map((answer) => answer.status)).toEqual(counted);
    expect(await referrerOf('a1')).toEqual(
      row?.['answer'] === 'yes' ? expect.objectContaining({ partner_id: 'ann' }) : null,
    );
  });

  it('R3: can be answered up to and at its last instant, and not after it', async () => {
    const { link } = await asked();
    const [{ expires_at }] = (await confirmations()) as [{ expires_at: number }];
    const late = await press(link, 'yes', new Date(expires_at + 1).toISOString());
    expect(late.status).toBe(410);
    expect(late.text).not.toMatch(/\bann\b/);
    expect(await referrerOf('a1')).toBeNull();
    expect((await visit(link, { at: new Date(expires_at + 5000).toISOString() })).status).toBe(410);
    expect((await press(link, 'yes', new Date(expires_at).toISOString())).status).toBe(200);
  });

  it('L4: whoever is not the account’s admin any more cannot answer', async () => {
    const { link } = await asked();
    await call('PATCH', '/v1/accounts/a1', { body: { email: 'new@client.example' }, at: T2 });
    const opened = await visit(link, { at: T2 });
    expect(opened.status).toBe(410);
    expect(opened.text).not.toMatch(/\bann\b|client\.example/);
    expect((await press(link, 'yes', T2)).status).toBe(410);
    expect(await referrerOf('a1')).toBeNull();
    expect(await confirmations()).toMatchObject([{ answer: null }]);
  });

  it('L4: nor while the admin is being changed', async () => {
    const { link } = await asked();
    const [, answer] = await Promise.all([
      call('PATCH', '/v1/accounts/a1', { body: { email: 'new@client.example' }, at: T2 }),
      press(link, 'yes', T2),
    ]);
    // One of the two was first: either the admin still answered, or nobody did.
    const counted = (await confirmations())[0]?.['answer'] === 'yes';
    expect(answer.status).toBe(counted ? 200 : 410);
    expect((await referrerOf('a1')) === null).toBe(!counted);
  });

  it('R1, R3: a question that another claim has settled cannot be answered', async () => {
    const { link } = await asked();
    await claim('eve', 'a1', T1);
    await post.run('2026-03-09T13:00:00Z');
    const other = linkIn(post.to(CLIENT)[1]);
    expect((await press(link, 'yes', '2026-03-09T14:00:00Z')).status).toBe(200);
    const settled = await press(other, 'yes', '2026-03-09T15:00:00Z');
    expect(settled.status).toBe(410);
    expect(settled.text).toContain('settled already');
    expect(await referrerOf('a1')).toMatchObject({ partner_id: 'ann' });
  });

  it('an operator’s word on the same claim is not shown to the client', async () => {
    const { link, claim_id } = await asked();
    const body = { confirmed: true, evidence: 'they wrote to us' };
    await call('POST', `/v1/claims/${claim_id}/confirmation`, { as: 'ana', at: T2, body });
    const opened = await visit(link, { at: T2 });
    expect([opened.status, opened.text.includes('settled already'), /\bann\b/.test(opened.text)]).toEqual([
      410,
      true,
      false,
    ]);
  });
});

describe('links of the confirmation page', () => {
  const forge = async (change: Record<string, unknown>, header: Record<string, unknown> = {}, key?: CryptoKey) => {
    const jwk = JSON.parse(env.TOKEN_PRIVATE_JWK);
    const [{ confirmation_id }] = (await confirmations()) as [{ confirmation_id: string }];
    const claims = { sub: confirmation_id, iss: env.PUBLIC_URL, aud: `${env.PUBLIC_URL}/confirm`, exp: 1_900_000_000 };
    const token = await new SignJWT({ ...claims, ...change })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'lastclick-confirm+jwt', kid: jwk.kid, ...header })
      .sign(key ?? (await importJWK(jwk, 'EdDSA')));
    return `/confirm/${token}`;
  };

  it('R3: forged, foreign and mangled ones open nothing and decide nothing', async () => {
    const { link } = await asked();
    const stranger = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
    const { token } = await claimToken('ann', T1);
    const links = [
      await forge({}, {}, stranger.privateKey),
      await forge({}, { kid: 'unknown' }),
      await forge({}, { typ: 'JWT' }),
      await forge({ aud: `${env.PUBLIC_URL}/v1` }),
      await forge({ iss: 'https://go.other.org' }),
      await forge({ sub: 'conf_other' }),
      await forge({ sub: 7 }),
      `/confirm/${token}`,
      link.slice(0, -4),
      `${link}AAAA`,
      '/confirm/x',
      '/confirm/eyJhbGciOiJub25lIn0.e30.',
      `/confirm/${'a'.repeat(2000)}`,
    ];
    for (const forged of links) {
      const opened = await visit(forged, { at: T2 });
      const pressed = await press(forged, 'yes', T2);
      expect([forged, opened.status, pressed.status]).toEqual([forged, 404, 404]);
      expect(opened.text).not.toMatch(/\bann\b|client/);
    }
    expect((await visit(await forge({ exp: 1_700_000_000 }), { at: T2 })).status).toBe(410);
    expect(await confirmations()).toMatchObject([{ answer: null }]);
    // The very same claims under our own key are the link.
    expect((await visit(await forge({}), { at: T2 })).status).toBe(200);
  });

  it('R3: one signed by a former key holds as long as the key is kept', async () => {
    const { link } = await asked();
    const { d: _, ...former } = JSON.parse(env.TOKEN_PRIVATE_JWK);
    const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const next = { ...(await exportJWK(privateKey)), kid: 'next' };
    const rotated = { TOKEN_PRIVATE_JWK: JSON.stringify(next), TOKEN_PUBLIC_JWKS: JSON.stringify({ keys: [former] }) };
    expect((await visit(link, { at: T2, env: rotated })).status).toBe(200);
    expect((await visit(link, { at: T2, env: { TOKEN_PRIVATE_JWK: JSON.stringify(next) } })).status).toBe(404);
  });

  it('R3: one opens nothing else: it is no partner’s token', async () => {
    const { link } = await asked();
    const token = link.split('/').at(-1) ?? '';
    expect((await call('GET', '/v1/me', { as: { token }, at: T2 })).status).toBe(401);
  });

  it('the same question always has the same link', async () => {
    await asked();
    const [row] = (await confirmations()) as unknown as [{ confirmation_id: string; expires_at: number }];
    expect(await confirmUrl(env, env.PUBLIC_URL, row)).toBe(await confirmUrl(env, env.PUBLIC_URL, row));
  });
});

describe('what is sent to the confirmation page', () => {
  it('R3: anything but a form with yes or no is asked for again and decides nothing', async () => {
    const { link } = await asked();
    const method = 'POST';
    const json = 'application/json';
    const answers = [
      await visit(link, { method, at: T2 }),
      await visit(link, { method, at: T2, body: 'answer=maybe' }),
      await visit(link, { method, at: T2, body: 'answer=' }),
      await visit(link, { method, at: T2, body: '{"answer":"yes"}', type: json }),
      await visit(link, { method, at: T2, body: 'answer=yes', type: 'text/plain' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400]);
    const large = await visit(link, { method, at: T2, body: `answer=yes&x=${'x'.repeat(5000)}` });
    expect([large.status, large.headers.get('content-type')]).toEqual([413, 'text/html; charset=utf-8']);
    expect(await confirmations()).toMatchObject([{ answer: null }]);
  });

  it('a partner’s name with markup is text, on every page', async () => {
    await call('PATCH', '/v1/partners/ann', { as: 'ana', at: T0, body: { name: '<img src=x onerror=alert(1)>"\'&' } });
    const { link } = await asked();
    for (const page of [await visit(link, { at: T2 }), await press(link, 'yes', T2), await visit(link, { at: T2 })]) {
      expect(page.status).toBe(200);
      expect(page.text).toContain('&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;');
      expect(page.text).not.toContain('<img');
    }
  });

  it('one address may not try without end', async () => {
    const { link } = await asked();
    const FORM_LIMIT = { limit: async ({ key }: { key: string }) => ({ success: !key.startsWith('confirm/') }) };
    const opened = await visit(link, { at: T2, env: { FORM_LIMIT: FORM_LIMIT as unknown as RateLimit } });
    expect([opened.status, opened.headers.get('content-type')]).toEqual([429, 'text/html; charset=utf-8']);
    const answer = { method: 'POST', answer: 'yes', at: T2, env: { FORM_LIMIT: FORM_LIMIT as unknown as RateLimit } };
    expect((await visit(link, answer)).status).toBe(429);
    expect(await confirmations()).toMatchObject([{ answer: null }]);
  });

  it('R3: nothing of it stands in a log', async () => {
    const lines: string[] = [];
    vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
    const { link } = await asked();
    await visit(link, { at: T2 });
    await press(link, 'yes', T2);
    await press(`${link}x`, 'no', T2);
    await post.run(T2);
    expect(lines.join('\n')).not.toMatch(/client\.example|partners\.example|eyJ|jane/);
  });
});

describe('a form joined by address alone', () => {
  const at = T1;
  async function joined(): Promise<string> {
    await joinByAddress('eve', 'a1', CLIENT, at);
    await call('POST', '/v1/payments', {
      at,
      body: { payment_id: 'p1', account_id: 'a1', amount: 10_000, currency: 'USD', paid_at: at },
    });
    await post.run(at);
    return linkIn(post.to(CLIENT)[0]);
  }
  const flags = async () => (await call('GET', '/v1/accounts/a1', { as: 'ana' })).body['flags'];
  const holds = async () => {
    const { results } = await env.BOOKS.prepare('SELECT * FROM holds').all();
    return results;
  };

  it('R3: is asked when it arises: the mail and the page say why', async () => {
    const link = await joined();
    expect(post.to(CLIENT)).toHaveLength(1);
    const { text } = await visit(link, { at: T2 });
    expect(text).toContain('Did eve refer you to Lastclick?');
    expect(text).toContain('A form with your email address came to us by a link of eve');
  });

  it('R3: yes releases the hold, and the partner is told', async () => {
    const link = await joined();
    expect((await press(link, 'yes', T2)).status).toBe(200);
    expect(await holds()).toMatchObject([{ kind: 'form_join', decision: 'release', decided_by: 'client' }]);
    expect(await referrerOf('a1')).toMatchObject({ partner_id: 'eve' });
    expect(await flags()).toEqual([]);
    await post.run(T2);
    expect(post.to('eve@partners.example').map((mail) => mail.subject)).toEqual(['A client has confirmed you']);
    expect(post.to('eve@partners.example')[0]?.text).toContain('j•••@client.example');
    expect(post.to('eve@partners.example')[0]?.text).not.toContain(CLIENT);
  });

  it('R3: no leaves nobody as referrer, and the held commission is taken back', async () => {
    const link = await joined();
    expect((await press(link, 'no', T2)).status).toBe(200);
    expect(await holds()).toMatchObject([{ decision: 'deny', decided_by: 'client' }]);
    expect(await referrerOf('a1')).toBeNull();
    const sum = await env.BOOKS.prepare("SELECT sum(amount) AS s FROM lines WHERE partner_id = 'eve'").first<number>(
      's',
    );
    expect(sum).toBe(0);
    await post.run(T2);
    expect(post.to('eve@partners.example').map((mail) => mail.subject)).toEqual(['A referral was not confirmed']);
  });

  it('R3: of two answers at once exactly one counts, once', async () => {
    const link = await joined();
    const both = await Promise.all([press(link, 'no', T2), press(link, 'yes', T2)]);
    const [hold] = await holds();
    expect(both.map(({ status }) => status)).toEqual(hold?.['decision'] === 'deny' ? [200, 409] : [409, 200]);
    expect(await confirmations()).toMatchObject([{ answer: hold?.['decision'] === 'deny' ? 'no' : 'yes' }]);
  });

  it('L4: a new admin’s account is not answered for by the former one, whoever is quicker', async () => {
    const link = await joined();
    const [, answer] = await Promise.all([
      call('PATCH', '/v1/accounts/a1', { body: { email: 'new@client.example' }, at: T2 }),
      press(link, 'no', T2),
    ]);
    const counted = (await confirmations())[0]?.['answer'] === 'no';
    expect(answer.status).toBe(counted ? 200 : 410);
    expect((await holds())[0]?.['decision']).toBe(counted ? 'deny' : null);
  });

  it('R3: once an operator has decided, there is nothing left to answer, and no mail goes out', async () => {
    await joinByAddress('eve', 'a1', CLIENT, at);
    const [hold] = await holds();
    const body = { decision: 'release', reason: 'they called us' };
    await call('POST', `/v1/holds/${String(hold?.['hold_id'])}/decision`, { as: 'ana', at, body });
    await post.run(at);
    expect(post.to(CLIENT)).toEqual([]);
    expect((await outbox('ask_client'))[0]).toMatchObject({ status: 'dropped', reason: 'settled' });
    const [question] = (await confirmations()) as unknown as [{ confirmation_id: string; expires_at: number }];
    const link = new URL(await confirmUrl(env, env.PUBLIC_URL, question)).pathname;
    expect((await press(link, 'no', T2)).status).toBe(410);
    expect(await referrerOf('a1')).toMatchObject({ partner_id: 'eve' });
  });
});
