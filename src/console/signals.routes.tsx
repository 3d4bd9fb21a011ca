import * as z from 'zod';

import { cursorOf } from '../http/cursor.ts';
import { More, Select, Table } from '../pages/parts.tsx';
import { listSignals, type SignalKey } from '../signals/signal.repo.ts';
import { sentenceOf, SIGNAL_CLAUSES, type SignalKind, type SignalRow } from '../signals/signal.rules.ts';
import { SIGNAL_KINDS } from '../signals/signal.schema.ts';
import { createConsolePages } from './app.ts';
import { asked, at, cursorKey, None, PAGE_ROWS, show, When, withQuery, wordsOf, type Words } from './common.tsx';

/** What may be worth a look: noticed, never decided on. */
export const signalPages = createConsolePages();

const KIND_WORDS: Record<SignalKind, string> = {
  quick_signup: 'very quick signup',
  forms_by_sender: 'many forms of one sender',
  forms_by_click: 'many forms with one click',
  accounts_by_address: 'many accounts of one address',
  own_browser: 'the partner’s own browser',
  form_join: 'joined by address alone',
  own_name_on_client_domain: 'own name on a client’s domain',
  partner_is_user: 'the partner is a user',
  former_address: 'the partner’s former address',
};

const isKind = (text: string): text is SignalKind => (SIGNAL_KINDS as readonly string[]).includes(text);
const Key = z.tuple([z.int(), z.string(), z.enum(SIGNAL_KINDS), z.string()]);

function keyOf(text: string | null): SignalKey | null {
  if (text === null) return null;
  try {
    return Key.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function SignalsBody(props: {
  rows: readonly SignalRow[];
  kind: SignalKind | undefined;
  more: string | null;
  words: Words;
}) {
  const { rows, kind, more, words } = props;
  return (
    <>
      <h1>Signals</h1>
      <p>What was noticed of partners and their accounts. None of it decides anything.</p>
      <form method="get" action="/console/signals" class="row">
        <Select
          name="kind"
          label="Kind"
          choices={SIGNAL_KINDS.map((value) => ({ value, text: KIND_WORDS[value] }))}
          value={kind}
          empty="All"
        />
        <button type="submit">Show</button>
      </form>
      {rows.length === 0 ? (
        <None>Nothing was noticed.</None>
      ) : (
        <Table caption="Signals, the latest first" head={['When', 'Partner', 'Account', 'What', 'Clause']}>
          {rows.map((row) => (
            <tr>
              <td>
                <When at={row.at} words={words} />
              </td>
              <td>
                <a href={at.partner(row.partner_id)}>{row.partner_id}</a>
              </td>
              <td>{row.account_id === null ? '–' : <a href={at.account(row.account_id)}>{row.account_id}</a>}</td>
              <td>{sentenceOf(row)}</td>
              <td>{SIGNAL_CLAUSES[row.kind]}</td>
            </tr>
          ))}
        </Table>
      )}
      <More href={more} />
    </>
  );
}

signalPages.get('/signals', async (c) => {
  const asked_kind = asked(c, 'kind');
  const kind = isKind(asked_kind) ? asked_kind : undefined;
  const after = keyOf(cursorKey(c));
  const [words, found] = await Promise.all([wordsOf(c), listSignals(c.var.books, { kind, after, limit: PAGE_ROWS })]);
  const rows = found.slice(0, PAGE_ROWS);
  const last = rows.at(-1);
  const cursor =
    found.length > PAGE_ROWS && last
      ? cursorOf(JSON.stringify([last.at, last.partner_id, last.kind, last.subject]))
      : null;
  const more = cursor === null ? null : withQuery('/console/signals', { kind: kind ?? null, cursor });
  return show(c, '/console', {
    title: 'Signals',
    body: <SignalsBody rows={rows} kind={kind} more={more} words={words} />,
  });
});
