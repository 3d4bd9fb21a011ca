import { Field, More, Notice, Table, Tag } from '../pages/parts.tsx';
import type { LinkView } from '../partner/link.rules.ts';
import type { SignupsBySource, Tally } from '../statistics/statistics.ts';
import { linkHref, NUMBER_HEADS, Numbers, SpanForm, tallyText, type LinkNumbers } from './links-parts.page.tsx';
import { sourceText } from './referrals.rules.ts';

type Texts = Readonly<Record<string, string>>;

const NOTHING: Tally = { persons: 0, bots: 0, others: 0, signups: 0 };

/** What a form to make a link shows. */
export interface NewLink {
  sent: Texts;
  faults: Texts;
  notice?: string | undefined;
  origins: readonly string[];
  /** By which sending the form twice makes one link. */
  key: string;
}

function NewLinkForm({ sent, faults, notice, origins, key }: NewLink) {
  return (
    <>
      <h2>Make a link</h2>
      {notice !== undefined && <Notice tone="bad">{notice}</Notice>}
      <form class="stack" method="post" action="/partners/links">
        <input type="hidden" name="key" value={key} />
        <Field
          name="destination"
          label="Where it leads"
          type="url"
          value={sent['destination']}
          hint={`A page of ${origins.join(' or ')}`}
          fault={faults['destination']}
          maxlength={2000}
        />
        <Field
          name="label"
          label="Your own name for it"
          value={sent['label']}
          hint="Only you and the program see it."
          fault={faults['label']}
          required={false}
          maxlength={200}
        />
        <Field
          name="code"
          label="Code in the address"
          value={sent['code']}
          hint="Letters, digits, _ and -. Without one we make one."
          fault={faults['code']}
          required={false}
          maxlength={64}
        />
        <Field
          name="sub"
          label="Sub-id"
          value={sent['sub']}
          hint="Tells the clicks of one place from those of others, such as fair-2026. You can have as many as you like with one link."
          fault={faults['sub']}
          required={false}
          maxlength={64}
        />
        <div>
          <button type="submit">Make the link</button>
        </div>
      </form>
    </>
  );
}

function Links({ links, tallies }: { links: readonly LinkView[]; tallies: ReadonlyMap<string, Tally> }) {
  return (
    <Table
      caption="Your links, with their clicks and sign-ups of these days"
      head={['Link', 'Address to copy', 'State', ...NUMBER_HEADS]}
    >
      {links.map((link) => (
        <tr>
          <th scope="row">
            <a href={linkHref(link.code)}>{link.label ?? link.code}</a>
          </th>
          <td>
            <input
              type="text"
              class="mono"
              readonly
              value={link.url}
              aria-label={`Address of ${link.label ?? link.code}`}
            />
          </td>
          <td>{link.retired ? <Tag tone="warn">retired</Tag> : <Tag tone="good">live</Tag>}</td>
          <Numbers tally={tallies.get(link.code) ?? NOTHING} />
        </tr>
      ))}
    </Table>
  );
}

/** A partner's links, sub-ids and what they brought. */
export function LinksPage(props: {
  links: readonly LinkView[];
  tallies: ReadonlyMap<string, Tally>;
  subs: readonly (Tally & { key: string })[];
  without_link: readonly SignupsBySource[];
  totals: Tally;
  numbers: LinkNumbers;
  form: NewLink;
  more: string | null;
}) {
  const { links, tallies, subs, without_link, totals, numbers, form, more } = props;
  return (
    <>
      <h1>Links</h1>
      <SpanForm action="/partners/links" numbers={numbers} />
      {links.length === 0 ? <p>You have no link yet.</p> : <Links links={links} tallies={tallies} />}
      <More href={more} text="More links" />
      <p>All links together: {tallyText(totals)}</p>
      {subs.length > 0 && (
        <>
          <h2>By sub-id</h2>
          <Table caption="Sub-ids over all links in these days" head={['Sub-id', ...NUMBER_HEADS]}>
            {subs.map(({ key, ...tally }) => (
              <tr>
                <th scope="row">{key === '' ? 'without one' : key}</th>
                <Numbers tally={tally} />
              </tr>
            ))}
          </Table>
        </>
      )}
      {without_link.length > 0 && (
        <>
          <h2>Sign-ups that no click brought</h2>
          <ul>
            {without_link.map(({ source, signups }) => (
              <li>
                {signups}: {sourceText(source) ?? source}
              </li>
            ))}
          </ul>
        </>
      )}
      <NewLinkForm {...form} />
    </>
  );
}
