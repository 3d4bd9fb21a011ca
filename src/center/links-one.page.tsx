import { longDay } from '../letter/letter.rules.ts';
import { Act, AskOnceMore, Field, Notice, Table } from '../pages/parts.tsx';
import type { LinkView } from '../partner/link.rules.ts';
import type { Tally } from '../statistics/statistics.ts';
import { linkHref, NUMBER_HEADS, Numbers, SpanForm, tallyText, type LinkNumbers } from './links-parts.page.tsx';
import { urlWithSub } from './links.rules.ts';

type Texts = Readonly<Record<string, string>>;

/** An address to be selected and copied; nothing else is needed for it than the keyboard. */
function Copy({ id, label, url }: { id: string; label: string; url: string }) {
  return (
    <>
      <label for={id}>{label}</label>
      <input id={id} type="text" class="mono" readonly value={url} />
    </>
  );
}

function SubForm({ link, sub, fault }: { link: LinkView; sub: string | null; fault: string | undefined }) {
  const query = sub === null ? '' : `?${new URLSearchParams({ sub }).toString()}`;
  const image = `${linkHref(link.code)}/qr.svg${query}`;
  return (
    <>
      <Copy
        id="url"
        label={sub === null ? 'Address to copy' : `Address with the sub-id ${sub}`}
        url={urlWithSub(link.url, sub)}
      />
      <p>
        <img class="qr" src={image} alt={`QR code of ${urlWithSub(link.url, sub)}`} width="224" height="224" />
      </p>
      <p>
        <a href={`${image}${sub === null ? '?' : '&'}download=yes`}>Download the QR code (SVG)</a>
      </p>
      <form method="get" action={linkHref(link.code)}>
        <div class="row">
          <Field
            name="sub"
            label="Sub-id (letters, digits, . _ -)"
            value={sub ?? ''}
            fault={fault}
            required={false}
            maxlength={64}
          />
          <button type="submit">Put it into the address</button>
        </div>
      </form>
    </>
  );
}

/** What a form to change a link shows. */
export interface ChangeForm {
  sent?: Texts;
  faults?: Texts;
  origins: readonly string[];
}

function ChangeLink({ link, form }: { link: LinkView; form: ChangeForm }) {
  const { sent = {}, faults = {}, origins } = form;
  return (
    <form class="stack" method="post" action={linkHref(link.code)}>
      <Field
        name="destination"
        label="Where it leads"
        type="url"
        value={sent['destination'] ?? link.destination}
        hint={`A page of ${origins.join(' or ')}`}
        fault={faults['destination']}
        maxlength={2000}
      />
      <Field
        name="label"
        label="Your own name for it"
        value={sent['label'] ?? link.label ?? ''}
        fault={faults['label']}
        required={false}
        maxlength={200}
      />
      <div>
        <button type="submit">Change it</button>
      </div>
    </form>
  );
}

/** One link: its address, QR code, what it brought, and how it is changed and retired. */
export function LinkPage(props: {
  link: LinkView;
  sub: string | null;
  sub_fault?: string | undefined;
  numbers: LinkNumbers;
  totals: Tally;
  days: readonly (Tally & { day: string })[];
  form: ChangeForm;
  done: string | undefined;
}) {
  const { link, sub, sub_fault, numbers, totals, days, form, done } = props;
  return (
    <>
      <h1>{link.label ?? `Link ${link.code}`}</h1>
      {done !== undefined && <Notice tone="good">{done}</Notice>}
      {link.retired && (
        <Notice tone="warn">
          This link is retired: who follows it comes to the home page, and no click on it counts.
        </Notice>
      )}
      <SubForm link={link} sub={sub} fault={sub_fault} />
      <h2>What it brought</h2>
      <SpanForm action={linkHref(link.code)} numbers={numbers} />
      <p>{tallyText(totals)}</p>
      {days.length > 0 && (
        <details>
          <summary>Day by day</summary>
          <Table caption="Days with clicks or sign-ups" head={['Day (UTC)', ...NUMBER_HEADS]}>
            {days.map(({ day, ...tally }) => (
              <tr>
                <th scope="row">{longDay(day)}</th>
                <Numbers tally={tally} />
              </tr>
            ))}
          </Table>
        </details>
      )}
      <h2>Change it</h2>
      <ChangeLink link={link} form={form} />
      <h2>{link.retired ? 'Bring it back' : 'Retire it'}</h2>
      {link.retired ? (
        <Act action={`${linkHref(link.code)}/restoration`} text="Bring it back" tone="plain" />
      ) : (
        <Act action={`${linkHref(link.code)}/retirement`} text="Retire it" tone="danger" />
      )}
      <p>
        <a href="/partners/links">All links</a>
      </p>
    </>
  );
}

/** Asks once more before a link is retired. */
export function RetirePage({ link }: { link: LinkView }) {
  return (
    <AskOnceMore
      title={`Retire ${link.label ?? link.code}?`}
      action={`${linkHref(link.code)}/retirement`}
      yes="Yes, retire it"
      back={linkHref(link.code)}
      fields={{}}
    >
      <p>
        Who follows <code>{link.url}</code> from now on comes to the home page, and no click on it makes you the
        referrer. What it has brought already stays yours. The code stays yours too, and you can bring the link back.
      </p>
    </AskOnceMore>
  );
}
