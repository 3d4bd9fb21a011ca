import { centerPage, createCenterPages } from './app.ts';
import { HomePage } from './home.page.tsx';
import { readHome } from './read-home.ts';

/** The partner's first page. */
export const homePages = createCenterPages();

homePages.get('/', async (c) => {
  const home = await readHome(c.var.books, c.var.person.partner_id, c.var.now);
  return centerPage(c.var.config.program_name, '/partners', { title: 'Home', body: <HomePage home={home} /> });
});
