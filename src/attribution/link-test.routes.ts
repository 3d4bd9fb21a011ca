import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';

import { jsonAnswer, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow, partnerActor } from '../http/auth.ts';
import type { Api } from '../http/context.ts';
import { fail } from '../http/fail.ts';
import { Id, instantOut, InstantOut } from '../http/schema.ts';
import { whoseIs } from '../referrer/timeline.rules.ts';
import { signupContext } from '../signup/context.ts';
import { CLICK_CLASSES } from './click.ts';
import type { ConsideredClick } from './last-click.rules.ts';
import type { DoorSetting, Hop } from './link-test.rules.ts';
import { testLink } from './link-test.ts';

/** The link tester: what a link would do, without doing it. */
export const linkTestRoutes = createRoutes();

const Whose = z.enum(['yours', 'another_partner', 'nobody']);
const HopOut = z.object({
  url: z.string(),
  kind: z.enum(['link', 'marked_page', 'elsewhere']),
  code: z.string().nullable(),
  class: z.enum(CLICK_CLASSES).nullable(),
  link: z.enum(['live', 'not_a_code', 'unknown_code', 'link_retired', 'partner_not_active']).nullable(),
  partner_id: Id.nullable().openapi({ description: 'null to a partner whose link it is not' }),
  status: z.int().nullable(),
  location: z.string().nullable(),
  cookie: z.enum(['set', 'after_consent', 'none']),
  recorded: z.boolean(),
  campaign: z.object({
    sub_id: z.string().optional(),
    utm_source: z.string().optional(),
    utm_medium: z.string().optional(),
    utm_campaign: z.string().optional(),
  }),
});
const Considered = z.object({
  partner_id: Id.nullable(),
  whose: Whose.nullable().openapi({ description: 'to a partner; null to an operator' }),
  code: z.string().nullable(),
  clicked_at: InstantOut,
  verdict: z.string(),
});
const LinkTestOut = z.object({
  hops: z.array(HopOut),
  token: z.enum(['valid', 'invalid']).nullable(),
  would_win: Considered.nullable(),
  considered: z.array(Considered),
});

/** The front door's settings, as far as program is told of them: deploys refuse Workers that do not agree. */
function doorOf({ env, var: { config } }: Context<Api>): DoorSetting {
  const own = new URL(config.public_url).host;
  const hosts = config.signup_origins.map((origin) => new URL(origin).host).filter((host) => host !== own);
  return {
    public_url: config.public_url,
    home_url: config.home_url,
    site_hosts: new Set(env.PASS_THROUGH === 'on' ? hosts : []),
    ref_param: env.REF_PARAM || 'ref',
    consent: env.CONSENT === 'required' ? 'required' : 'none',
  };
}

/** A click as its reader may see it: of another partner's, a partner is told no name and no code (R6). */
function shown(click: ConsideredClick, reader: string | null) {
  const { partner_id, code, clicked_at, verdict } = click;
  const whose = reader === null ? null : whoseIs(partner_id, reader);
  const known = whose === null || whose === 'yours';
  return {
    partner_id: known ? partner_id : null,
    whose,
    code: known ? code : null,
    clicked_at: instantOut(clicked_at),
    verdict,
  };
}

/** A hop as its reader may see it: a partner is not told whose another's link is, nor why it leads nowhere, which no visitor sees either. */
function hopFor(hop: Hop, reader: string | null): Hop {
  const { partner_id, link } = hop;
  if (reader === null || partner_id === null || partner_id === reader) return hop;
  return { ...hop, partner_id: null, link: link === 'live' ? link : 'unknown_code' };
}

const getLinkTest = createRoute({
  method: 'get',
  path: '/v1/links/test',
  tags: ['partner'],
  middleware: allow('partner', 'operator'),
  request: {
    query: z.strictObject({
      url: z
        .url({ protocol: /^https?$/ })
        .max(2000)
        .openapi({ description: 'the link, as somebody would follow it' }),
      user_agent: z
        .string()
        .max(1000)
        .regex(/^[\x20-\x7e]*$/)
        .optional()
        .openapi({ description: 'who follows it; default a browser' }),
      ahead: z.enum(['true', 'false']).default('false').openapi({ description: 'fetched ahead of a visit' }),
      referral_token: z.string().max(1000).optional().openapi({ description: 'what the visitor has already' }),
    }),
  },
  responses: { 200: jsonAnswer(LinkTestOut, 'Each hop with its decision, and who would win now'), ...PROBLEM_ANSWERS },
});
linkTestRoutes.openapi(getLinkTest, async (c) => {
  const { actor } = c.var;
  const reader = actor.role === 'partner' ? partnerActor(actor, 'read').partner_id : null;
  const { url, user_agent, ahead, referral_token } = c.req.valid('query');
  if (!URL.canParse(url)) return fail('malformed', undefined, [{ path: 'query.url', message: 'an absolute URL' }]);
  const input = { url: new URL(url), user_agent, ahead: ahead === 'true', referral_token };
  const { hops, token, winner, considered } = await testLink(await signupContext(c), doorOf(c), input);
  return c.json(
    {
      hops: hops.map((hop) => hopFor(hop, reader)),
      token,
      would_win: winner && shown(winner, reader),
      considered: considered.map((click) => shown(click, reader)),
    },
    200,
  );
});
