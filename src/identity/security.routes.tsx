import { Hono, type Context } from 'hono';
import * as z from 'zod';

import { timeOfDay } from '../calendar/zone.rules.ts';
import { dayText } from '../letter/letter.rules.ts';
import type { Pages } from '../pages/context.ts';
import { fieldsOf, readForm } from '../pages/form.ts';
import type { PageContent } from '../pages/layout.tsx';
import { readPolicy } from '../policy/policy.repo.ts';
import { BeginBody, RecoveryBody, ScanBody } from './second-factor.pages.tsx';
import {
  beginSecondFactor,
  changePassword,
  confirmSecondFactor,
  endOwnSessions,
  endSecondFactor,
  recoveryCodesLeft,
  renewRecoveryCodes,
  type OwnDoor,
} from './second-factor.ts';
import { DONE, FAULT_WORDS, SecurityBody, type SecurityPlaces, type SecurityShown } from './security.pages.tsx';
import { sessionsOf } from './session.repo.ts';
import { sessionEnd, type SignedIn } from './session.rules.ts';
import { goOn, NewPasswordForm, signInDoor } from './sign-in.routes.tsx';

const NEEDED = 'Your password is needed';
const PresentForm = z.object({ present: z.string(NEEDED).max(200) });
const PasswordForm = PresentForm.extend(NewPasswordForm.shape);
const RecoveryForm = z.object({
  recovery_password: z.string(NEEDED).max(200),
  recovery_code: z.string('The code is needed').max(40),
  kind: z.enum(['app', 'recovery']).default('app'),
});
const OffForm = z.object({
  off_password: z.string(NEEDED).max(200),
  code: z.string('The code is needed').max(40),
  kind: z.enum(['app', 'recovery']).default('app'),
});
const ScanForm = z.object({ code: z.string('The code is needed').max(40) });
const SessionForm = z.object({ session_id: z.string().max(100) });

/** How these pages stand in a home of pages; `base` and `set_up` are below it. */
export interface SecuritySetting extends SecurityPlaces {
  home: '/partners' | '/console';
  /** Where the reader goes on to once a second factor is set up. */
  next: string;
  /** Whether a second factor is a must there. */
  must: boolean;
  show(c: Context<Pages>, content: PageContent): Promise<Response>;
}

/** The places as links and forms name them. */
function placesOf({ home, base, set_up }: SecuritySetting): SecurityPlaces {
  return { base: `${home}${base}`, set_up: `${home}${set_up}` };
}

/** What somebody who has signed in needs for their own access. These pages are mounted behind a check that somebody has. */
export async function ownDoor(c: Context<Pages>): Promise<OwnDoor> {
  const { person, now } = c.var;
  if (!person) throw new Error('a page of one’s own was mounted for everybody');
  return { ...(await signInDoor(c)), now, person };
}

/** A secret as it stands in the address that an app reads; null where the text is no such address. */
export function secretOf(uri: string): string | null {
  if (!URL.canParse(uri)) return null;
  const { protocol, host, searchParams } = new URL(uri);
  const secret = searchParams.get('secret') ?? '';
  return protocol === 'otpauth:' && host === 'totp' && /^[A-Z2-7]{16,128}$/.test(secret) ? secret : null;
}

/** Somebody's sessions as they see them: those that have not ended. */
async function sessionsShown(c: Context<Pages>, person: SignedIn): Promise<SecurityShown['sessions']> {
  const { books, machine_now } = c.var;
  const [[policy], rows] = await Promise.all([readPolicy(books), sessionsOf(books, person.user_id, machine_now)]);
  return rows
    .filter((row) => sessionEnd({ ...row, role: person.role }) > machine_now)
    .map((row) => ({
      ...row,
      since: `${dayText(row.created_at, policy.timezone)}, ${timeOfDay(row.created_at, policy.timezone)}`,
      own: row.session_id === person.session_id,
    }));
}

/** The overview of somebody's own access, and what they do there: password, sessions, recovery codes, taking the second factor away. */
export function securityRoutes(setting: SecuritySetting): Hono<Pages> {
  const routes = new Hono<Pages>();
  const { base, must, show } = setting;
  const places = placesOf(setting);

  const overview = async (c: Context<Pages>, wrong?: SecurityShown['wrong'], status = wrong ? 400 : 200) => {
    const door = await ownDoor(c);
    const { person } = door;
    const done = c.req.method === 'GET' ? (Object.keys(DONE) as (keyof typeof DONE)[]) : [];
    const shown: SecurityShown = {
      places,
      email: person.email,
      left: person.two_factor ? await recoveryCodesLeft(door) : null,
      must,
      sessions: await sessionsShown(c, person),
      done: done.find((code) => code === c.req.query('done')),
      ...(wrong ? { wrong } : {}),
    };
    return show(c, { title: 'Signing in and security', status, body: <SecurityBody {...shown} /> });
  };
  const refused = (c: Context<Pages>, form: 'password' | 'factor', reason: keyof typeof FAULT_WORDS) =>
    overview(c, { form, text: FAULT_WORDS[reason] }, reason === 'throttled' ? 429 : 400);

  routes.get(base, (c) => overview(c));

  routes.post(`${base}/password`, async (c) => {
    const read = await readForm(c, PasswordForm);
    if (!read.ok) return overview(c, { form: 'password', faults: read.faults });
    const { present, password, again } = read.value;
    if (password !== again) return overview(c, { form: 'password', faults: { again: 'The two are not the same' } });
    const changed = await changePassword(await ownDoor(c), { password: present, next: password });
    if (changed.ok) return goOn(c, `${places.base}?done=password`, changed.set_cookies);
    if (changed.reason === 'refused') return overview(c, { form: 'password', faults: { password: changed.text } });
    return refused(c, 'password', changed.reason);
  });

  routes.post(`${base}/sessions/end`, async (c) => {
    const door = await ownDoor(c);
    const read = await readForm(c, SessionForm);
    if (read.ok) await endOwnSessions(door, read.value.session_id);
    return goOn(c, `${places.base}?done=session`);
  });

  routes.post(`${base}/sessions/end-others`, async (c) => {
    await endOwnSessions(await ownDoor(c), null);
    return goOn(c, `${places.base}?done=sessions`);
  });

  routes.post(`${base}/recovery`, async (c) => {
    const read = await readForm(c, RecoveryForm);
    if (!read.ok) return refused(c, 'factor', 'recovery_password' in read.faults ? 'wrong_password' : 'wrong_code');
    const { recovery_password, recovery_code, kind } = read.value;
    const given = { password: recovery_password, code: { code: recovery_code, kind } };
    const made = await renewRecoveryCodes(await ownDoor(c), given);
    if (!made.ok) return refused(c, 'factor', made.reason);
    const body = <RecoveryBody codes={made.recovery_codes} on={false} next={places.base} />;
    return show(c, { title: 'Your recovery codes', body });
  });

  routes.post(`${base}/off`, async (c) => {
    const read = await readForm(c, OffForm);
    if (!read.ok) return refused(c, 'factor', 'off_password' in read.faults ? 'wrong_password' : 'wrong_code');
    const { off_password, code, kind } = read.value;
    const ended = await endSecondFactor(await ownDoor(c), { password: off_password, code: { code, kind } });
    if (!ended.ok) return refused(c, 'factor', ended.reason);
    return goOn(c, must ? places.set_up : `${places.base}?done=off`, ended.set_cookies);
  });

  return routes;
}

/** Setting up a second factor, for whoever has none yet. */
export function setUpRoutes(setting: SecuritySetting): Hono<Pages> {
  const routes = new Hono<Pages>();
  const { set_up, must, show, next } = setting;
  const places = placesOf(setting);
  const title = 'Set up a second factor';

  const begin = (c: Context<Pages>, fault?: string, status = fault === undefined ? 200 : 400) =>
    show(c, { title, status, narrow: true, body: <BeginBody places={places} must={must} fault={fault} /> });

  routes.get(set_up, (c) => (c.var.person?.two_factor === true ? goOn(c, places.base) : begin(c)));

  routes.post(set_up, async (c) => {
    const door = await ownDoor(c);
    if (door.person.two_factor) return goOn(c, places.base);
    const read = await readForm(c, PresentForm);
    if (!read.ok) return begin(c, read.faults['present'] ?? NEEDED);
    const begun = await beginSecondFactor(door, read.value.present);
    if (!begun.ok) return begin(c, FAULT_WORDS[begun.reason], begun.reason === 'throttled' ? 429 : 400);
    return scan(c, begun.uri);
  });

  const scan = (c: Context<Pages>, uri: string, fault?: string, status = fault === undefined ? 200 : 400) => {
    const secret = secretOf(uri);
    if (secret === null) return begin(c);
    return show(c, {
      title,
      status,
      narrow: true,
      body: <ScanBody places={places} uri={uri} secret={secret} fault={fault} />,
    });
  };

  routes.post(`${set_up}/code`, async (c) => {
    const door = await ownDoor(c);
    if (door.person.two_factor) return goOn(c, places.base);
    const { uri = '' } = await fieldsOf(c);
    const read = await readForm(c, ScanForm);
    if (!read.ok) return scan(c, uri, read.faults['code'] ?? FAULT_WORDS.wrong_code);
    const confirmed = await confirmSecondFactor(door, read.value.code);
    if (!confirmed.ok) return scan(c, uri, FAULT_WORDS[confirmed.reason], confirmed.reason === 'throttled' ? 429 : 400);
    const answer = await show(c, {
      title: 'Your recovery codes',
      narrow: true,
      body: <RecoveryBody codes={confirmed.recovery_codes} on next={next} />,
    });
    for (const cookie of confirmed.set_cookies) answer.headers.append('set-cookie', cookie);
    return answer;
  });

  return routes;
}
