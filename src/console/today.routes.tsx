import { createConsolePages } from './app.ts';
import { show, wordsOf } from './common.tsx';
import { readToday } from './read-today.ts';
import { TodayBody } from './today.page.tsx';

/** What there is to do today. */
export const todayPages = createConsolePages();

todayPages.get('/', async (c) => {
  const words = await wordsOf(c);
  const today = await readToday(c.var.books, c.env.PAYOUTS, words.history, c.var.now);
  return show(c, '/console', { title: 'Today', body: <TodayBody today={today} words={words} /> });
});
