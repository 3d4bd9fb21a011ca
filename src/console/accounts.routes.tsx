import { page } from '../http/cursor.ts';
import { readProgram } from '../program/program.repo.ts';
import { AccountBody } from './account.page.tsx';
import { AccountsBody } from './accounts.page.tsx';
import { searchAccounts } from './accounts.repo.ts';
import { createConsolePages } from './app.ts';
import { asked, cursorKey, missing, PAGE_ROWS, pathPart, show, withQuery, wordsOf } from './common.tsx';
import { readAccountSeen } from './read-account.ts';

/** Accounts: finding one, and all that is known of one. */
export const accountPages = createConsolePages();

accountPages.get('/accounts', async (c) => {
  const { books } = c.var;
  const q = asked(c, 'q');
  const search = q.includes('@') ? { match_hash: await (await readProgram(books)).hasher.match(q) } : { id: q };
  const [words, found] = await Promise.all([
    wordsOf(c),
    searchAccounts(books, search, { after: cursorKey(c), limit: PAGE_ROWS }),
  ]);
  const { data, next_cursor } = page(found, PAGE_ROWS, (row) => row.account_id);
  const more = next_cursor === null ? null : withQuery('/console/accounts', { q, cursor: next_cursor });
  return show(c, '/console/accounts', {
    title: 'Accounts',
    body: <AccountsBody rows={data} more={more} q={q} words={words} />,
  });
});

accountPages.get('/accounts/:account_id', async (c) => {
  const [words, seen] = [await wordsOf(c), await readAccountSeen(c, pathPart(c, 'account_id'))];
  if (!seen) return missing(c);
  return show(c, '/console/accounts', {
    title: `Account ${seen.state.account_id}`,
    body: <AccountBody seen={seen} words={words} done={c.req.query('done')} />,
  });
});
