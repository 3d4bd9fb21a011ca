import { longDay } from '../letter/letter.rules.ts';
import { More, Notice, Table } from '../pages/parts.tsx';
import type { PolicyVersion } from '../policy/policy.rules.ts';
import type { Illustration } from '../policy/preview-accounts.ts';
import type { PlayedDay, PlayedPayDays } from '../policy/preview-pay-days.ts';
import type { FieldChange } from '../policy/version.rules.ts';
import { at, Day, None, type Words } from './common.tsx';
import { POLICY_LABELS } from './policy-words.ts';
import { changeSentence, effectiveWords } from './policy.page.tsx';
import { counted } from './today.page.tsx';

/** What a preview shows. `save` and `edit`: where it goes on, and back. `more`: the illustration's next accounts. */
export interface PreviewSeen {
  version: PolicyVersion;
  changes: readonly FieldChange[];
  pay_days: PlayedPayDays;
  illustration: Illustration;
  edit: string;
  more: string | null;
}
interface Props {
  seen: PreviewSeen;
  words: Words;
}

function PayDay({ day, words }: { day: PlayedDay | null; words: Words }) {
  if (day === null) return <>–</>;
  return (
    <>
      <Day day={day.pay_date} />
      <br />
      {`${words.money(day.amount)}, ${counted(day.payouts, 'payout')}`}
      {day.approval_reasons.length > 0 && ' (would wait for approval)'}
    </>
  );
}

function PayDays({ seen: { pay_days }, words }: Props) {
  const { weeks, amount, partners_paid, partners, partners_changed, complete } = pay_days;
  return (
    <section>
      <h2>The pay days to come</h2>
      <p>
        {`Of what is open in the books now, ${words.money(amount.as_is)} go to ${counted(partners_paid.as_is, 'partner')} as it is, and ${words.money(amount.proposed)} to ${counted(partners_paid.proposed, 'partner')} as proposed.`}
      </p>
      {!complete && (
        <Notice tone="warn">
          <p>There are more partners or pay days than one preview plays: these are the first.</p>
        </Notice>
      )}
      <Table
        caption="Each week’s pay day"
        head={['Week', 'As it is', 'As proposed', 'Paid no more on it', 'Paid on it only then']}
      >
        {weeks.map(({ week, as_is, proposed, paid_no_more, paid_then_only }) => (
          <tr>
            <td>{`${longDay(week.start_on)} to ${longDay(week.end_on)}`}</td>
            <td>
              <PayDay day={as_is} words={words} />
            </td>
            <td>
              <PayDay day={proposed} words={words} />
            </td>
            <td class="num">{paid_no_more}</td>
            <td class="num">{paid_then_only}</td>
          </tr>
        ))}
      </Table>
      {partners.length === 0 ? (
        <None>No partner is paid otherwise.</None>
      ) : (
        <Table
          caption={`Partners who are paid otherwise, the largest change first (${partners_changed} in all)`}
          head={['Partner', 'As it is', 'As proposed', 'First paid as it is', 'First paid as proposed']}
        >
          {partners.map(({ partner_id, amount: paid, first_pay_date }) => (
            <tr>
              <td>
                <a href={at.partner(partner_id)}>{partner_id}</a>
              </td>
              <td class="num">{words.money(paid.as_is)}</td>
              <td class="num">{words.money(paid.proposed)}</td>
              <td>{first_pay_date.as_is === null ? 'not' : <Day day={first_pay_date.as_is} />}</td>
              <td>{first_pay_date.proposed === null ? 'not' : <Day day={first_pay_date.proposed} />}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

function Accounts({ seen: { illustration, more }, words }: Props) {
  const { accounts, commission, payable, first_pay_dates, partners, partners_changed, not_replayed } = illustration;
  const { earlier, later, gained, lost } = first_pay_dates;
  return (
    <section>
      <h2>Present accounts, had these rules governed them</h2>
      <p>
        An illustration: no version does this, present accounts keep theirs. It shows what the rules would come to with
        clients like those of today.
      </p>
      <ul>
        <li>{`${accounts} accounts were looked at.`}</li>
        <li>{`Commissions up to now: ${words.money(commission.as_is)} as it is, ${words.money(commission.proposed)} as proposed.`}</li>
        <li>{`Of these payable by now: ${words.money(payable.as_is)} as it is, ${words.money(payable.proposed)} as proposed.`}</li>
        <li>{`First paid earlier: ${earlier} accounts; later: ${later}; only then: ${gained}; no more: ${lost}.`}</li>
        {not_replayed.fields.length > 0 && (
          <li>{`Not played again for ${not_replayed.accounts} accounts, whose referrers are taken as they are: ${not_replayed.fields.map((field) => POLICY_LABELS[field as keyof typeof POLICY_LABELS]).join(', ')}.`}</li>
        )}
      </ul>
      {partners.length > 0 && (
        <Table
          caption={`Partners whose accounts would come to something else (${partners_changed} in all)`}
          head={['Partner', 'Accounts', 'Commission as it is', 'As proposed', 'Payable as it is', 'As proposed']}
        >
          {partners.map((row) => (
            <tr>
              <td>
                <a href={at.partner(row.partner_id)}>{row.partner_id}</a>
              </td>
              <td class="num">{row.accounts}</td>
              <td class="num">{words.money(row.commission.as_is)}</td>
              <td class="num">{words.money(row.commission.proposed)}</td>
              <td class="num">{words.money(row.payable.as_is)}</td>
              <td class="num">{words.money(row.payable.proposed)}</td>
            </tr>
          ))}
        </Table>
      )}
      <More href={more} text="More accounts" />
    </section>
  );
}

/** What a version would change. Nothing is saved. */
export function PreviewBody({ seen, words }: Props) {
  const { version, changes, edit } = seen;
  return (
    <>
      <h1>{`Preview of version ${version.version}`}</h1>
      <p>{`It would be in force from ${effectiveWords(version, words)}. Nothing is saved.`}</p>
      {changes.length === 0 ? (
        <None>It changes nothing.</None>
      ) : (
        <ul>
          {changes.map((change) => (
            <li>{changeSentence(change, words)}</li>
          ))}
        </ul>
      )}
      <PayDays seen={seen} words={words} />
      <Accounts seen={seen} words={words} />
      <p>
        <a class="button" href={edit}>
          Back to the form
        </a>
      </p>
    </>
  );
}
