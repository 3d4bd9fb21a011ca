import { Field, FieldWords, Notice, Select } from '../pages/parts.tsx';
import { TextArea } from '../pages/text-area.tsx';
import { countries } from '../partner/country.rules.ts';
import type { TermsVersion } from '../terms/terms.repo.ts';

/** What the form shows: the terms to accept, what was sent before, and what was wrong with it. */
export interface ApplyProps {
  program_name: string;
  terms: Pick<TermsVersion, 'version'> | null;
  sent?: Readonly<Record<string, string>>;
  faults?: Readonly<Record<string, string>>;
  notice?: string;
}

/** The terms to accept, by their version. */
function AcceptTerms({ version, fault }: { version: number; fault: string | undefined }) {
  return (
    <div>
      <input type="hidden" name="terms_version" value={String(version)} />
      <label class="choice">
        <input
          type="checkbox"
          name="accepted"
          value="yes"
          required
          {...(fault ? { 'aria-invalid': 'true', 'aria-describedby': 'accepted-fault' } : {})}
        />
        <span>
          I have read the <a href={`/partners/terms/${version}`}>terms of the program (version {version})</a> and accept
          them.
        </span>
      </label>
      <FieldWords name="accepted" fault={fault} hint={undefined} />
    </div>
  );
}

/** The form to become a partner. */
export function ApplyBody({ program_name, terms, sent = {}, faults = {}, notice }: ApplyProps) {
  return (
    <>
      <h1>Become a partner of {program_name}</h1>
      {notice !== undefined && (
        <Notice tone="bad">
          <p>{notice}</p>
        </Notice>
      )}
      <p>
        You recommend us by your own link, and earn a share of what those pay who sign up by it. We read every
        application; where it is approved, a mail says so.
      </p>
      <form method="post" action="/partners/apply" class="stack">
        <Field
          name="name"
          label="Your name"
          value={sent['name']}
          autocomplete="name"
          maxlength={200}
          fault={faults['name']}
        />
        <Field
          name="email"
          label="Email address"
          type="email"
          value={sent['email']}
          autocomplete="email"
          maxlength={254}
          fault={faults['email']}
        />
        <Select
          name="country"
          label="Country you live in"
          empty="Choose…"
          choices={countries()}
          value={sent['country']}
          fault={faults['country']}
        />
        <TextArea
          name="text"
          label="How will you tell people about us?"
          value={sent['text']}
          hint="Your site, channel or clients: a few sentences are enough."
          fault={faults['text']}
          maxlength={4000}
        />
        {terms && <AcceptTerms version={terms.version} fault={faults['accepted']} />}
        <button type="submit">Apply</button>
      </form>
      <p>
        A partner already? <a href="/partners/sign-in">Sign in</a>
      </p>
    </>
  );
}

/** What an applicant reads, whether we knew the address before or not. */
export function AppliedBody() {
  return (
    <>
      <h1>Thank you</h1>
      <p>
        We have what you sent, and read it. Once it is approved, a mail to the address you gave has a link by which you
        sign in. If you are a partner already, a mail tells you how to go on.
      </p>
    </>
  );
}
