import * as z from 'zod';

import { Id } from '../http/schema.ts';
import { invitePartner } from '../identity/invite.ts';
import { resetSecondFactor } from '../identity/reset-second-factor.ts';
import { userOfPartner } from '../identity/user.repo.ts';
import { sendMailSoon } from '../mail/send-soon.ts';
import { Field } from '../pages/parts.tsx';
import { revokeToken } from '../partner/issue-token.ts';
import { mirrorLinks } from '../partner/link-mirror.ts';
import { plainCode } from '../partner/link.rules.ts';
import { createLink } from '../partner/link.ts';
import { readPartner } from '../partner/partner.repo.ts';
import { Destination } from '../partner/partner.schemas.ts';
import { findToken, type TokenRow } from '../partner/token.repo.ts';
import { partnerView, type PartnerView } from '../partner/view.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { commit } from '../program/commit.repo.ts';
import { readProgram } from '../program/program.repo.ts';
import { addAction, type Action } from './action.tsx';
import { createConsolePages } from './app.ts';
import { at, consoleDoor, pathPart, type ConsoleContext } from './common.tsx';
import { LineField, needed } from './fields.ts';
import { COMMON_REFUSALS, refusal } from './rpc-outcome.ts';

/** A partner's links, tokens and sign-in, as operators set them. None of it moves money. */
export const partnerAccess = createConsolePages();

interface Subject {
  partner_id: string;
  view: PartnerView;
}

async function subjectOf(c: ConsoleContext): Promise<Subject | null> {
  const partner_id = pathPart(c, 'partner_id');
  const { partner } = await readPartner(c.var.books, partner_id);
  return partner && { partner_id, view: partnerView(partner, c.var.now) };
}

const common = {
  place: '/console/partners',
  find: subjectOf,
  back: ({ partner_id }: Subject) => at.partner(partner_id),
} as const;

const LinkSchema = z.object({
  destination: needed('Where it leads to').pipe(Destination),
  code: z.string().pipe(Id).optional(),
  label: LineField(200).optional(),
});

const LINK_REFUSALS = {
  ...COMMON_REFUSALS,
  code_taken: 'This code is taken, or was once: codes are never given to another partner.',
  destination_not_allowed: 'Links lead to the program’s own sites only.',
} as const;

const link: Action<typeof LinkSchema, Subject> = {
  ...common,
  path: '/partners/:partner_id/link',
  title: ({ partner_id }) => `A new link for ${partner_id}`,
  about: () => 'A link leads to one of the program’s own sites. Its code belongs to this partner for good.',
  schema: LinkSchema,
  fields: ({ sent, faults }) => (
    <>
      <Field
        name="destination"
        label="Leads to"
        type="url"
        value={sent['destination']}
        fault={faults['destination']}
        hint="A whole address, such as https://www.example.com/pricing"
      />
      <Field
        name="code"
        label="Code"
        value={sent['code']}
        fault={faults['code']}
        hint="Empty: one is made up."
        required={false}
        maxlength={64}
      />
      <Field name="label" label="Label" value={sent['label']} fault={faults['label']} required={false} />
    </>
  ),
  go: 'Make the link',
  ask: async (_, { partner_id }, { code, destination }) => ({
    ok: true,
    says: [
      `${partner_id} gets a link ${code === undefined ? 'with a code that is made up' : `with the code ${code}`} to ${destination}.`,
    ],
    yes: 'Make it',
  }),
  act: async (c, { partner_id }, value) => {
    const { books, config, now } = c.var;
    const { hasher } = await readProgram(books);
    const done = await createLink(consoleDoor(c), hasher, config, { ...value, partner_id }, null);
    if (!done.ok)
      return refusal(
        LINK_REFUSALS,
        done.reason,
        done.reason === 'destination_not_allowed' ? 'destination' : done.reason === 'code_taken' ? 'code' : 'form',
      );
    if (done.first_time) await mirrorLinks(c.env.LINKS, books, { codes: [plainCode(done.answer.code)] }, now);
    return { ok: true, done: done.first_time ? 'link_created' : 'done_before', to: at.partner(partner_id) };
  },
};

const Nothing = z.object({});

const revocation: Action<typeof Nothing, TokenRow> = {
  path: '/partners/:partner_id/tokens/:jti/revocation',
  place: '/console/partners',
  title: ({ jti }) => `Revoke the token ${jti}`,
  about: ({ partner_id, scope }) => `It opens to ${partner_id}: ${scope}. Revoked, it never opens anything again.`,
  schema: Nothing,
  fields: () => null,
  go: 'Revoke',
  find: (c) => findToken(c.var.books, pathPart(c, 'partner_id'), pathPart(c, 'jti')),
  ask: async (_, { jti, partner_id, revoked_at }) =>
    revoked_at !== null
      ? { ok: false, say: 'It has been revoked already.' }
      : {
          ok: true,
          says: [`The token ${jti} of ${partner_id} is refused from now on. Whatever uses it stops. No money moves.`],
          yes: 'Revoke it',
        },
  act: async (c, { jti, partner_id }) => {
    const done = await revokeToken(consoleDoor(c), partner_id, jti);
    if (!done.ok) return refusal(COMMON_REFUSALS, done.reason);
    return { ok: true, done: 'token_revoked', to: at.partner(partner_id) };
  },
  back: ({ partner_id }) => at.partner(partner_id),
};

const invitation: Action<typeof Nothing, Subject> = {
  ...common,
  path: '/partners/:partner_id/invitation',
  title: ({ partner_id }) => `Invite ${partner_id} to sign in`,
  about: () => 'They are mailed a link to set a password. A password that they have works until they have used it.',
  schema: Nothing,
  fields: () => null,
  go: 'Invite',
  ask: async (_, { view }) => {
    if (view.email === null) return { ok: false, say: 'There is no address to write to.' };
    if (view.status === 'applied') return { ok: false, say: 'They are an applicant still: decide the application.' };
    return { ok: true, says: [`A link to set a password goes to ${view.email}.`], yes: 'Send the link' };
  },
  act: async (c, { partner_id }) => {
    const { books, now, machine_now } = c.var;
    const statements = await invitePartner(books, partner_id, { now, machine_now });
    if (!statements) return { ok: false, say: 'There is no address to write to.' };
    const { by, via } = consoleDoor(c);
    const subject = `partner:${partner_id}`;
    const log = auditStatement(books, { at: now, actor: by, via, action: 'partner.invite', subject, details: {} });
    await commit(books, [], [...statements, log]);
    sendMailSoon(c);
    return { ok: true, done: 'invited', to: at.partner(partner_id) };
  },
};

const secondFactor: Action<typeof Nothing, Subject & { user_id: string }> = {
  path: '/partners/:partner_id/second-factor',
  place: '/console/partners',
  title: ({ partner_id }) => `Take away the second factor of ${partner_id}`,
  about: () =>
    'For somebody who has lost it, recovery codes and all. Make sure by another way that it is they who ask.',
  schema: Nothing,
  fields: () => null,
  go: 'Take it away',
  find: async (c) => {
    const subject = await subjectOf(c);
    const user = subject && (await userOfPartner(c.var.books, subject.partner_id));
    return subject && user?.twoFactorEnabled === true ? { ...subject, user_id: user.id } : null;
  },
  ask: async (_, { partner_id }) => ({
    ok: true,
    says: [
      `${partner_id} then signs in by the password alone, until a second factor is set up again. All their sessions end, and they are told by mail. No money moves.`,
    ],
    yes: 'Take it away',
  }),
  act: async (c, { user_id, partner_id }) => {
    const { machine_now } = c.var;
    const done = await resetSecondFactor({ ...consoleDoor(c), machine_now }, user_id);
    if (!done.ok) return refusal({ ...COMMON_REFUSALS, none: 'They have no second factor (any more).' }, done.reason);
    sendMailSoon(c);
    return { ok: true, done: 'second_factor_removed', to: at.partner(partner_id) };
  },
  back: common.back,
};

addAction(partnerAccess, link);
addAction(partnerAccess, revocation);
addAction(partnerAccess, invitation);
addAction(partnerAccess, secondFactor);
