import { page } from '../http/cursor.ts';
import { readProgram } from '../program/program.repo.ts';
import { createConsolePages } from './app.ts';
import { asked, cursorKey, missing, PAGE_ROWS, pathPart, show, withQuery, wordsOf } from './common.tsx';
import { PartnerBody } from './partner.page.tsx';
import { PartnersBody } from './partners.page.tsx';
import { searchPartners } from './partners.repo.ts';
import { readPartnerSeen } from './read-partner.ts';

/** Partners: finding one, and all that is known of one. */
export const partnerPages = createConsolePages();

partnerPages.get('/partners', async (c) => {
  const { books, now } = c.var;
  const q = asked(c, 'q');
  const search = q.includes('@') ? { match_hash: await (await readProgram(books)).hasher.match(q) } : { text: q };
  const found = await searchPartners(books, search, { after: cursorKey(c), limit: PAGE_ROWS, now });
  const { data, next_cursor } = page(found, PAGE_ROWS, (row) => row.partner_id);
  const more = next_cursor === null ? null : withQuery('/console/partners', { q, cursor: next_cursor });
  return show(c, '/console/partners', { title: 'Partners', body: <PartnersBody rows={data} more={more} q={q} /> });
});

partnerPages.get('/partners/:partner_id', async (c) => {
  const partner_id = pathPart(c, 'partner_id');
  const seen = await readPartnerSeen(c, partner_id);
  if (!seen) return missing(c);
  const words = await wordsOf(c);
  return show(c, '/console/partners', {
    title: `Partner ${partner_id}`,
    body: <PartnerBody seen={seen} words={words} done={c.req.query('done')} />,
  });
});
