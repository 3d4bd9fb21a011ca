import type { Context } from 'hono';
import { renderSVG } from 'uqr';
import { z } from 'zod';

import { page } from '../http/cursor.ts';
import { Id } from '../http/schema.ts';
import { failurePage } from '../pages/app.tsx';
import type { CenterPages } from '../pages/context.ts';
import { fieldsOf, readForm } from '../pages/form.ts';
import { mirrorLinks } from '../partner/link-mirror.ts';
import { findLink, listLinks } from '../partner/link.repo.ts';
import { linkUrl, linkView, plainCode, type LinkView } from '../partner/link.rules.ts';
import { changeLink, createLink } from '../partner/link.ts';
import { Destination, Label } from '../partner/partner.schemas.ts';
import { readProgram } from '../program/program.repo.ts';
import { linkStatistics, readCountedThrough, statisticsBy } from '../statistics/statistics.ts';
import { centerPage, createCenterPages } from './app.ts';
import { keyAt } from './cursor.ts';
import { partnerDoor } from './door.ts';
import { shownFailure } from './failure.ts';
import { LinkPage, RetirePage, type ChangeForm } from './links-one.page.tsx';
import type { LinkNumbers } from './links-parts.page.tsx';
import { LinksPage, type NewLink } from './links.page.tsx';
import { isSubId, spanOf, urlWithSub } from './links.rules.ts';

/** A partner's links: made, copied, counted, changed and retired. */
export const linkPages = createCenterPages();

type At<Path extends string> = Context<CenterPages, Path>;

const A_PAGE = 50;
const SUB_FAULT = 'letters, digits, . _ and -, 1 to 64';

async function numbersOf<Path extends string>(c: At<Path>): Promise<LinkNumbers> {
  const { span, fault } = spanOf(c.req.query(), c.var.now);
  return { span, fault, counted_through: await readCountedThrough(c.var, span) };
}

type Shown = Omit<NewLink, 'origins' | 'key'>;

async function linksPage<Path extends string>(
  c: At<Path>,
  shown: Shown,
  status = 200,
  key = crypto.randomUUID() as string,
) {
  const { books, now, config, person } = c.var;
  const { partner_id } = person;
  const after = keyAt(c.req.query('cursor'));
  const numbers = await numbersOf(c);
  const rows = await listLinks(books, { partner_id, now, after, limit: A_PAGE + 1 });
  const { data, next_cursor } = page(rows, A_PAGE, (row) => row.code);
  const byLink = await statisticsBy(c.var, partner_id, numbers.span, { by: 'link', after, limit: A_PAGE });
  const bySub = await statisticsBy(c.var, partner_id, numbers.span, { by: 'sub_id', after: null, limit: A_PAGE });
  const more = next_cursor === null ? null : new URLSearchParams({ ...numbers.span, cursor: next_cursor }).toString();
  const body = (
    <LinksPage
      links={data.map((row) => linkView(config.public_url, row, row.retired))}
      tallies={new Map(byLink.rows.map((row) => [row.key, row]))}
      subs={bySub.rows.slice(0, A_PAGE)}
      without_link={byLink.without_link}
      totals={byLink.totals}
      numbers={numbers}
      form={{ ...shown, origins: config.link_origins, key }}
      more={more === null ? null : `/partners/links?${more}`}
    />
  );
  const shown_status = status === 200 && numbers.fault !== null ? 400 : status;
  return centerPage(config.program_name, '/partners/links', { title: 'Links', body, status: shown_status });
}

linkPages.get('/links', (c) => linksPage(c, { sent: { destination: c.var.config.home_url }, faults: {} }));

const SubId = z.string().refine(isSubId, SUB_FAULT);
const NewLinkForm = z.object({
  key: z.uuid(),
  destination: Destination,
  label: Label.optional(),
  code: Id.optional(),
  sub: SubId.optional(),
});

const LINK_FAULTS = {
  destination_not_allowed: { destination: 'it has to be a page of one of these sites' },
  code_taken: { code: 'this code is taken' },
  conflict: { code: 'you have a link of this code' },
} as const;

linkPages.post('/links', async (c) => {
  const form = await readForm(c, NewLinkForm);
  if (!form.ok) return linksPage(c, { sent: form.sent, faults: form.faults }, 400);
  const { key, sub, ...given } = form.value;
  const { books, config, person, now } = c.var;
  const { hasher } = await readProgram(books);
  const done = await createLink(partnerDoor(c), hasher, config, { ...given, partner_id: person.partner_id }, key);
  if (done.ok) {
    if (done.first_time) await mirrorLinks(c.env.LINKS, books, { codes: [plainCode(done.answer.code)] }, now);
    const query = new URLSearchParams({ done: 'made', ...(sub === undefined ? {} : { sub }) }).toString();
    return c.redirect(`/partners/links/${encodeURIComponent(done.answer.code)}?${query}`, 303);
  }
  const sent = { destination: given.destination, label: given.label ?? '', code: given.code ?? '', sub: sub ?? '' };
  if (done.reason === 'busy' || done.reason === 'not_found')
    return linksPage(c, { sent, faults: {}, notice: 'It could not be made just now. Please send it again.' }, 503, key);
  // The form was sent before, and something else with it: sent once more it makes another link.
  if (done.reason === 'conflict' && given.code === undefined)
    return linksPage(
      c,
      { sent, faults: {}, notice: 'This form made a link before. Send it once more to make another.' },
      422,
    );
  return linksPage(c, { sent, faults: LINK_FAULTS[done.reason] }, 422);
});

/** A link of the partner who reads; null for another's, and for one that does not exist. */
async function ownLink<Path extends string>(c: At<Path>, code: string): Promise<(LinkView & { plain: string }) | null> {
  const { books, now, config, person } = c.var;
  const plain = plainCode(code);
  const link = await findLink(books, plain, now);
  if (!link || link.partner_id !== person.partner_id) return null;
  return { ...linkView(config.public_url, link, link.retired), plain };
}

const DONE = new Map(
  Object.entries({
    made: 'Your link is made. It works within a minute.',
    changed: 'Your link is changed. That shows within a minute.',
    retired: 'Your link is retired.',
    restored: 'Your link is back.',
  }),
);

async function linkPage<Path extends string>(
  c: At<Path>,
  code: string,
  form: Omit<ChangeForm, 'origins'>,
  status = 200,
) {
  const link = await ownLink(c, code);
  if (!link) return failurePage(shownFailure(c), 404);
  const { config, person } = c.var;
  const asked = c.req.query('sub') || null;
  const sub = asked !== null && isSubId(asked) ? asked : null;
  const numbers = await numbersOf(c);
  const of = { code: link.plain, partner_id: person.partner_id };
  const { totals, days } = await linkStatistics(c.var, of, numbers.span);
  const faulty = sub !== asked || numbers.fault !== null;
  const body = (
    <LinkPage
      link={link}
      sub={sub}
      sub_fault={sub === asked ? undefined : SUB_FAULT}
      numbers={numbers}
      totals={totals}
      days={days}
      form={{ ...form, origins: config.link_origins }}
      done={DONE.get(c.req.query('done') ?? '')}
    />
  );
  return centerPage(config.program_name, '/partners/links', {
    title: link.label ?? `Link ${link.code}`,
    body,
    status: status === 200 && faulty ? 400 : status,
  });
}

linkPages.get('/links/:code', (c) => linkPage(c, c.req.param('code'), {}));

const ChangeLinkForm = z.object({ destination: Destination, label: Label.optional() });

linkPages.post('/links/:code', async (c) => {
  const code = c.req.param('code');
  const form = await readForm(c, ChangeLinkForm);
  if (!form.ok) return linkPage(c, code, { sent: form.sent, faults: form.faults }, 400);
  const { destination, label = null } = form.value;
  return changed(c, code, { destination, label }, 'changed');
});

async function changed<Path extends string>(
  c: At<Path>,
  code: string,
  patch: Parameters<typeof changeLink>[4],
  done_as: 'changed' | 'retired' | 'restored',
): Promise<Response> {
  const { books, config, person, now } = c.var;
  const done = await changeLink(partnerDoor(c), config, person.partner_id, code, patch);
  if (done.ok) {
    await mirrorLinks(c.env.LINKS, books, { codes: [plainCode(code)] }, now);
    return c.redirect(`/partners/links/${encodeURIComponent(done.link.code)}?done=${done_as}`, 303);
  }
  switch (done.reason) {
    case 'not_found':
      return failurePage(shownFailure(c), 404);
    case 'destination_not_allowed': {
      const sent = { destination: patch.destination ?? '', label: patch.label ?? '' };
      return linkPage(c, code, { sent, faults: LINK_FAULTS.destination_not_allowed }, 422);
    }
    case 'conflict':
    case 'busy':
      return failurePage(shownFailure(c), 503);
  }
}

linkPages.post('/links/:code/retirement', async (c) => {
  const code = c.req.param('code');
  const link = await ownLink(c, code);
  if (!link) return failurePage(shownFailure(c), 404);
  const { confirmed } = await fieldsOf(c);
  if (confirmed === 'yes') return changed(c, code, { retired: true }, 'retired');
  const body = <RetirePage link={link} />;
  return centerPage(c.var.config.program_name, '/partners/links', { title: 'Retire a link', body });
});

linkPages.post('/links/:code/restoration', (c) => changed(c, c.req.param('code'), { retired: false }, 'restored'));

linkPages.get('/links/:code/qr.svg', async (c) => {
  const link = await ownLink(c, c.req.param('code'));
  const sub = c.req.query('sub') || null;
  if (!link || (sub !== null && !isSubId(sub))) return failurePage(shownFailure(c), 404);
  const url = urlWithSub(linkUrl(c.var.config.public_url, link.code), sub);
  // Four light modules around it, as the standard asks, so that any scanner finds it.
  const image = renderSVG(url, { ecc: 'M', border: 4, pixelSize: 8 });
  const disposition = c.req.query('download') === 'yes' ? `attachment; filename="${link.code}.svg"` : 'inline';
  return new Response(image, {
    headers: {
      'content-type': 'image/svg+xml; charset=utf-8',
      'content-disposition': disposition,
      'cache-control': 'private, no-store',
      'content-security-policy': "default-src 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    },
  });
});
