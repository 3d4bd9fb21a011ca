import type { Context } from 'hono';
import * as z from 'zod';

import { dayOf, timeOfDay } from '../calendar/zone.rules.ts';
import { Email, Name } from '../http/schema.ts';
import { proveSelf, type OwnFault } from '../identity/second-factor.ts';
import { FAULT_WORDS } from '../identity/security.pages.tsx';
import { ownDoor } from '../identity/security.routes.tsx';
import { goOn } from '../identity/sign-in.routes.tsx';
import { dayText } from '../letter/letter.rules.ts';
import { sendMailSoon } from '../mail/send-soon.ts';
import { failurePage } from '../pages/app.tsx';
import type { CenterPages, Pages } from '../pages/context.ts';
import { readForm, type FormRead } from '../pages/form.ts';
import { changePartner, type PartnerPatch } from '../partner/change-partner.ts';
import { COUNTRY_CODES, isCountry } from '../partner/country.rules.ts';
import { readPartner } from '../partner/partner.repo.ts';
import { partnerView } from '../partner/view.ts';
import { pokeCancellations } from '../payout/cancel.ts';
import { readPolicy } from '../policy/policy.repo.ts';
import { readProgram } from '../program/program.repo.ts';
import { centerPage, createCenterPages } from './app.ts';
import { partnerDoor } from './door.ts';
import { shownFailure } from './failure.ts';
import { SETTINGS_DONE, SettingsPage, type Wrong } from './settings.page.tsx';
import { paypalStands, residencyWords } from './settings.rules.ts';

type C = Context<CenterPages>;

/** Fields by which whoever sits there shows that it is the partner. */
export const ProofForm = z.object({
  password: z.string().max(200).optional(),
  code: z.string().max(40).optional(),
  kind: z.enum(['app', 'recovery']).default('app'),
});

const ADDRESS = 'An email address, such as name@example.com';
const PaypalForm = ProofForm.extend({
  paypal_email: z.string(ADDRESS).pipe(Email),
  paypal_again: z.string('Please type it once more').max(254),
});
const RemovalForm = z.object({
  remove_password: z.string().max(200).optional(),
  remove_code: z.string().max(40).optional(),
  kind: z.enum(['app', 'recovery']).default('app'),
});
const ProfileForm = z.object({
  name: z.string('Your name is needed').pipe(Name),
  country: z.string('Your country is needed').refine(isCountry, 'Please choose one of the list'),
});
const answer = z.enum(['yes', 'no'], 'Please answer this too').transform((text) => text === 'yes');
const ResidencyForm = z.object({
  us_citizen: answer,
  us_green_card: answer,
  us_over_183_days: answer,
  us_worked_last_year: answer,
});

/** A partner's settings. */
export const settingsPages = createCenterPages();

/** Whether it is the partner who asks; else the fault of the field that says so. */
export async function proved(
  c: C,
  given: z.output<typeof ProofForm>,
): Promise<{ ok: true } | { ok: false; faults: Record<string, string>; status: 400 | 429 }> {
  const { password, code, kind } = given;
  const proof = { password, ...(code === undefined ? {} : { code: { code, kind } }) };
  const done = await proveSelf(await ownDoor(c as unknown as Context<Pages>), proof);
  if (done.ok) return done;
  const reason: OwnFault = done.reason;
  const field = c.var.person.two_factor ? 'code' : 'password';
  return { ok: false, faults: { [field]: FAULT_WORDS[reason] }, status: reason === 'throttled' ? 429 : 400 };
}

const regions = new Intl.DisplayNames('en', { type: 'region' });
const COUNTRIES = COUNTRY_CODES.map((value) => ({ value, text: regions.of(value) ?? value })).toSorted((a, b) =>
  a.text < b.text ? -1 : 1,
);

async function show(c: C, wrong?: Wrong, status = wrong ? 400 : 200): Promise<Response> {
  const { books, now, person, config } = c.var;
  const [{ partner }, [policy]] = await Promise.all([readPartner(books, person.partner_id), readPolicy(books)]);
  if (!partner) return failurePage(shownFailure(c), 404);
  const { timezone } = policy;
  const asked = c.req.method === 'GET' ? c.req.query('done') : undefined;
  const body = (
    <SettingsPage
      me={partnerView(partner, now)}
      paypal={paypalStands(partner, now)}
      residency={residencyWords(partner, now)}
      two_factor={person.two_factor}
      countries={COUNTRIES}
      when={(at) => `${dayText(at, timezone)}, ${timeOfDay(at, timezone)}`}
      dayOf={(at) => dayOf(at, timezone)}
      done={(Object.keys(SETTINGS_DONE) as (keyof typeof SETTINGS_DONE)[]).find((code) => code === asked)}
      wrong={wrong}
    />
  );
  return centerPage(config.program_name, '/partners/settings', { title: 'Settings', status, body });
}

const BUSY = 'Something else has just changed. Please try again.';

/** Changes what the partner asks for, as `PATCH /v1/me` does; a response where it came to nothing. */
async function change(c: C, form: Wrong['form'], patch: PartnerPatch): Promise<Response> {
  const { books, now, person } = c.var;
  const { hasher } = await readProgram(books);
  const done = await changePartner(partnerDoor(c), hasher, 'partner', person.partner_id, patch);
  if (!done.ok) {
    if (done.reason === 'not_found') return failurePage(shownFailure(c), 404);
    return show(c, { form, faults: {}, sent: {}, text: BUSY }, 503);
  }
  if (done.fields.includes('paypal')) {
    await pokeCancellations(c.env.PAYOUTS, books, person.partner_id, now);
    sendMailSoon(c);
  }
  return goOn(c, `/partners/settings?done=${form}`);
}

/** What was typed, secrets left out. */
function typed<T>(read: FormRead<T>): Record<string, string> {
  if (read.ok) return {};
  const { password: _, code: __, ...rest } = read.sent;
  return rest;
}

settingsPages.get('/settings', (c) => show(c));

settingsPages.post('/settings/paypal', async (c) => {
  const read = await readForm(c, PaypalForm);
  if (!read.ok) return show(c, { form: 'paypal', faults: read.faults, sent: typed(read) });
  const { paypal_email, paypal_again } = read.value;
  const sent = { paypal_email, paypal_again };
  if (paypal_email !== paypal_again)
    return show(c, { form: 'paypal', faults: { paypal_again: 'The two are not the same' }, sent });
  const proof = await proved(c, read.value);
  if (!proof.ok) return show(c, { form: 'paypal', faults: proof.faults, sent }, proof.status);
  return change(c, 'paypal', { paypal_email });
});

settingsPages.post('/settings/paypal/remove', async (c) => {
  const read = await readForm(c, RemovalForm);
  if (!read.ok) return show(c, { form: 'removed', faults: read.faults, sent: {} });
  const { remove_password: password, remove_code: code, kind } = read.value;
  const proof = await proved(c, { password, code, kind });
  if (proof.ok) return change(c, 'removed', { paypal_email: null });
  const faults = Object.fromEntries(Object.entries(proof.faults).map(([field, text]) => [`remove_${field}`, text]));
  return show(c, { form: 'removed', faults, sent: {} }, proof.status);
});

settingsPages.post('/settings/profile', async (c) => {
  const read = await readForm(c, ProfileForm);
  if (!read.ok) return show(c, { form: 'profile', faults: read.faults, sent: typed(read) });
  return change(c, 'profile', read.value);
});

settingsPages.post('/settings/residency', async (c) => {
  const read = await readForm(c, ResidencyForm);
  if (!read.ok) return show(c, { form: 'residency', faults: read.faults, sent: typed(read) });
  return change(c, 'residency', { residency: read.value });
});
