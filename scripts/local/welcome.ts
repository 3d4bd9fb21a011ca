import { readFile, writeFile } from 'node:fs/promises';

import { formatInstant } from '../../src/clock.ts';
import { CAST } from '../demo/cast.ts';
import type { Client } from './client.ts';
import { files } from './files.ts';
import { latestPayDate } from './fridays.ts';
import type { LocalKeys } from './vars.ts';

/** Partners whose tokens are shown. */
const SHOWN = ['maria', 'nina'] as const;
const LONGEST_SECONDS = 400 * 24 * 60 * 60;

type Tokens = Readonly<Record<string, string>>;

async function holds(client: Client, token: string | undefined): Promise<boolean> {
  if (token === undefined) return false;
  return client.json('GET', '/v1/me', { as: token }).then(
    () => true,
    () => false,
  );
}

/** Tokens of the two partners that hold now: those kept from an earlier start, or new ones. */
async function partnerTokens(client: Client, operator_key: string): Promise<Tokens> {
  const kept = await readFile(files.tokens, 'utf8').then(
    (text) => JSON.parse(text) as Tokens,
    () => ({}) as Tokens,
  );
  const tokens: Record<string, string> = {};
  for (const partner_id of SHOWN) {
    const former = kept[partner_id];
    if (former !== undefined && (await holds(client, former))) tokens[partner_id] = former;
    else {
      const body = { expires_in: LONGEST_SECONDS };
      const issued = await client.json<{ token: string }>('POST', `/v1/partners/${partner_id}/tokens`, {
        as: operator_key,
        body,
      });
      tokens[partner_id] = issued.token;
    }
  }
  await writeFile(files.tokens, JSON.stringify(tokens), { mode: 0o600 });
  return tokens;
}

const clockText = (now: number) => formatInstant(now - (now % 1000));

/** What to open and what to curl, with keys and tokens that work; they are also written to a file of shell variables. */
export async function welcome(
  client: Client,
  keys: LocalKeys,
  { program, shop, paypal }: Readonly<Record<'program' | 'shop' | 'paypal', string>>,
  now: number,
): Promise<string> {
  const operators = Object.entries(keys.operators);
  const pay_date = await latestPayDate({ client, key: keys.operators['ana'] ?? '', at: now });
  const tokens = await partnerTokens(client, operators[0]?.[1] ?? '');
  const variables = [
    ['LC', program],
    ['PAYPAL', paypal],
    ['INGEST', keys.ingest],
    ...[...operators, ...Object.entries(tokens)].map(([name, key]) => [name.toUpperCase(), key]),
  ];
  const exports = variables.map(([name, value]) => `export ${name}='${value}'`);
  await writeFile(files.shell, `${exports.join('\n')}\n`, { mode: 0o600 });
  return `
Lastclick runs. Its clock says ${clockText(now)}.

Open
  ${shop}                 the shop that takes part: follow a link, sign up, pay
  ${program}/r/maria         a partner’s link; it leads to the shop
  ${program}/partners        the Partner Center, as maria@automation-academy.example: “Set a new password” mails a link
  ${program}/console         the console, as ana@flowline.example: her mail with a link is in the outbox
  ${program}/outbox          what mail the program sends
  ${program}/openapi.json    the API
  ${paypal}/_control/ledger  what PayPal’s simulator has really paid, item by item, with the sums at its end

Mail is not sent: it is in the outbox, and printed here when it would go, with the file that holds its text.

Who is in it
${CAST.map(({ partner_id, shows }) => `  ${partner_id.padEnd(8)} ${shows}`).join('\n')}

Keys and tokens: paste these, or: source .wrangler/local.env
${exports.map((line) => `  ${line}`).join('\n')}

Ask
  # "Why was I not paid?" Nina’s gates in order, each with its clause
  curl -s $LC/v1/earnings -H "Authorization: Bearer $NINA"
  # Maria: what is pending, payable and paid; her lines, payouts, clients
  curl -s $LC/v1/earnings -H "Authorization: Bearer $MARIA"
  curl -s $LC/v1/earnings/commissions -H "Authorization: Bearer $MARIA"
  curl -s $LC/v1/payouts -H "Authorization: Bearer $MARIA"
  curl -s $LC/v1/referrals -H "Authorization: Bearer $MARIA"
  # An operator: pay days, and one with what became of each payout, who was skipped and why
  curl -s $LC/v1/payout-batches -H "Authorization: Bearer $ANA"
  curl -s $LC/v1/payout-batches/${pay_date} -H "Authorization: Bearer $ANA"
  # What PayPal was asked on its Fridays, and its clock
  curl -s $PAYPAL/_control/requests
  curl -s $PAYPAL/_control
  # Dana sets another address: a payout that stands unclaimed at the former one is called back (after a Friday that sends it)
  curl -s -X PATCH $LC/v1/partners/dana -H "Authorization: Bearer $ANA" -H 'Content-Type: application/json' \\
    -d '{"paypal_email":"dana@whitfield-ops.example"}'
  # What waits for a word, what could not be applied yet
  curl -s $LC/v1/holds -H "Authorization: Bearer $ANA"
  curl -s $LC/v1/parked -H "Authorization: Bearer $BEN"
  # A person’s click, and a payment as the billing server tells it
  curl -si $LC/r/maria -A 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0'
  curl -s $LC/v1/payments -H "Authorization: Bearer $INGEST" -H 'Content-Type: application/json' \\
    -d '{"payment_id":"in_mine_1","account_id":"acct_1001","amount":7900,"currency":"USD","paid_at":"${clockText(now)}"}'

In another terminal
  npm run demo:forward -- 7d    lets the program’s clock and PayPal’s run on: a Friday pays, and what it paid is printed
  npm run demo:reset            starts over (stop this first)

Ctrl-C stops it. The data stays.
`;
}
