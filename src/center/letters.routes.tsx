import { page } from '../http/cursor.ts';
import { dayText } from '../letter/letter.rules.ts';
import { findMail, lettersOf } from '../mail/mail.repo.ts';
import type { MailRow, PARTNER_LETTERS } from '../mail/outbox.rules.ts';
import { readLetter, type RenderContext } from '../mail/render.ts';
import { failurePage } from '../pages/app.tsx';
import { More, Table } from '../pages/parts.tsx';
import { readPolicy } from '../policy/policy.repo.ts';
import { centerPage, createCenterPages } from './app.ts';
import { keyAt } from './cursor.ts';
import { shownFailure } from './failure.ts';
import { LetterBody } from './letter.page.tsx';

/** The letters that a partner was sent, in the words of the mails. */
export const letterPages = createCenterPages();

const A_PAGE = 50;

const WHAT = {
  claim_letter: 'A claim or audit',
  account_letter: 'An account',
  came_back_letter: 'A payout came back',
  list_letter: 'A list of expected clients',
  paid_letter: 'A payout arrived',
  gate_letter: 'Something waits for you',
  statement_letter: 'Statement of a month',
} as const satisfies Record<(typeof PARTNER_LETTERS)[number], string>;

const isLetter = (kind: string): kind is keyof typeof WHAT => kind in WHAT;

function placeAt(cursor: string | undefined): { at: number; mail_id: string } | null {
  const [, at, mail_id] = /^(\d{1,15}) (.+)$/.exec(keyAt(cursor) ?? '') ?? [];
  return at === undefined || mail_id === undefined ? null : { at: Number(at), mail_id };
}

letterPages.get('/letters', async (c) => {
  const { books, person, config } = c.var;
  const [[{ timezone }], rows] = await Promise.all([
    readPolicy(books),
    lettersOf(books, person.partner_id, placeAt(c.req.query('cursor')), A_PAGE, c.var.now),
  ]);
  const { data, next_cursor } = page(rows, A_PAGE, (mail) => `${mail.queued_at} ${mail.mail_id}`);
  const body = (
    <>
      <h1>Letters</h1>
      <p>What we have written to you, in the same words as the mails. They read as things stand now.</p>
      {data.length === 0 ? (
        <p class="soft">None yet.</p>
      ) : (
        <Table caption="Letters, the latest first" head={['Date', 'About']}>
          {data.map((mail) => (
            <tr>
              <td>{dayText(mail.queued_at, timezone)}</td>
              <td>
                <a href={`/partners/letters/${encodeURIComponent(mail.mail_id)}`}>
                  {isLetter(mail.kind) ? WHAT[mail.kind] : mail.kind}
                </a>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <More href={next_cursor === null ? null : `/partners/letters?cursor=${next_cursor}`} />
    </>
  );
  return centerPage(config.program_name, '/partners/earnings', { title: 'Letters', body });
});

/** Whether a mail is a letter to this partner that was due. */
function isOwn(mail: MailRow, partner_id: string, now: number): boolean {
  const { partner_id: named } = JSON.parse(mail.facts) as { partner_id?: string };
  return named === partner_id && isLetter(mail.kind) && mail.send_after_at <= now;
}

letterPages.get('/letters/:mail_id', async (c) => {
  const { books, person, config, now } = c.var;
  const mail = await findMail(books, c.req.param('mail_id'));
  if (!mail || !isOwn(mail, person.partner_id, now)) return failurePage(shownFailure(c), 404);
  const context: RenderContext = { ...config, books, env: c.env, now };
  const letter = await readLetter(context, mail);
  const body = letter ? (
    <LetterBody letter={letter} whole />
  ) : (
    <>
      <h1>Settled</h1>
      <p>What this letter told has been settled since: there is nothing to do.</p>
    </>
  );
  return centerPage(config.program_name, '/partners/earnings', { title: letter?.subject ?? 'Settled', body });
});
