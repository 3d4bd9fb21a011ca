import { cursorOf } from '../http/cursor.ts';
import { policyHistory, policyQuery, readPolicy } from '../policy/policy.repo.ts';
import { policyAt, type PolicyHistory } from '../policy/policy.rules.ts';
import { askedVersion } from '../policy/policy.schemas.ts';
import { previewAccounts } from '../policy/preview-accounts.ts';
import { previewPayDays } from '../policy/preview-pay-days.ts';
import { saveVersion, type VersionRefusal } from '../policy/save-version.ts';
import { changedFields, latestOf, proposeVersion, withVersion } from '../policy/version.rules.ts';
import { readProgram } from '../program/program.repo.ts';
import { addAction, type Refused } from './action.tsx';
import { createConsolePages } from './app.ts';
import { asked, consoleDoor, cursorKey, show, withQuery, wordsOf, type ConsoleContext } from './common.tsx';
import { DoneNotice } from './done.tsx';
import { bodyOf, PolicyFieldset, PolicyForm, type PolicyTyped } from './policy-form.tsx';
import { PreviewBody } from './policy-preview.page.tsx';
import { changeSentence, effectiveWords, PolicyBody, WrongVersion } from './policy.page.tsx';
import { counted } from './today.page.tsx';

/** The policy: its versions, the next one, and what that would change. */
export const policyPages = createConsolePages();

const PLACE = '/console/policy';
const NEXT = '/console/policy/next';

const REFUSALS: Record<VersionRefusal, string> = {
  retroactive: 'A version takes effect later than now: choose a day to come.',
  not_the_last: 'A version takes effect later than the last one that has been saved.',
  fixed_for_life: 'Currency, time zone and week are the program’s for life.',
};

policyPages.get('/policy', async (c) => {
  const [words, rows] = await Promise.all([wordsOf(c), policyQuery(c.var.books)]);
  const history = policyHistory(rows);
  return show(c, PLACE, {
    title: 'Policy',
    body: (
      <>
        <DoneNotice code={asked(c, 'done')} />
        <PolicyBody history={history} rows={rows} in_force={policyAt(history, c.var.now)} words={words} />
      </>
    ),
  });
});

/** What the form asks for as the version that it would be; or what is in its way. */
function proposedBy(form: PolicyTyped, history: PolicyHistory, now: number) {
  const read = bodyOf(form, latestOf(history));
  if (!read.ok) return { ok: false, say: read.say, field: read.field } satisfies Refused;
  const version = askedVersion(read.body);
  const proposed = proposeVersion(history, version, now);
  if (!proposed.ok) return { ok: false, say: REFUSALS[proposed.reason], field: 'effective_on' } satisfies Refused;
  return { ok: true, body: read.body, asked: version, version: proposed.version } as const;
}

async function playedDays(c: ConsoleContext, history: PolicyHistory, version: Parameters<typeof withVersion>[1]) {
  const both = { as_is: history, proposed: withVersion(history, version) };
  return previewPayDays(c.var.books, both, version.effective_from, c.var.now);
}

policyPages.get('/policy/preview', async (c) => {
  const { books, now } = c.var;
  const typed = Object.fromEntries(
    Object.entries(c.req.query()).filter(([name, text]) => name !== 'cursor' && text !== ''),
  );
  const words = await wordsOf(c);
  const form = PolicyForm.safeParse(typed);
  const proposed = form.success
    ? proposedBy(form.data, words.history, now)
    : ({ ok: false, say: 'The form is not understood.' } as const);
  const edit = withQuery(NEXT, typed);
  if (!proposed.ok)
    return show(c, PLACE, {
      title: 'Preview',
      status: 422,
      body: (
        <>
          <h1>Preview</h1>
          <WrongVersion say={proposed.say} />
          <p>
            <a href={edit}>Back to the form</a>
          </p>
        </>
      ),
    });
  const { version } = proposed;
  const pay_days = await playedDays(c, words.history, version);
  const illustration = await previewAccounts(books, words.history, version, { now, after: cursorKey(c) ?? '' });
  const cursor = illustration.next === null ? null : cursorOf(illustration.next);
  const more = cursor === null ? null : withQuery('/console/policy/preview', { ...typed, cursor });
  const changes = changedFields(latestOf(words.history), version);
  const seen = { version, changes, pay_days, illustration, edit, more };
  return show(c, PLACE, { title: 'Preview of the policy', body: <PreviewBody seen={seen} words={words} /> });
});

addAction(policyPages, {
  path: '/policy/next',
  place: PLACE,
  title: () => 'The next version of the policy',
  about: (history) =>
    `It follows version ${latestOf(history).version}, and governs who signs up from its day on, and pay days from then on. What is booked stays as it is.`,
  schema: PolicyForm,
  fields: ({ subject, sent, faults }) => <PolicyFieldset latest={latestOf(subject)} sent={sent} faults={faults} />,
  go: 'Go on to save it',
  find: (c: ConsoleContext) => readPolicy(c.var.books),
  ask: async (c, history, form) => {
    const words = await wordsOf(c);
    const proposed = proposedBy(form, history, c.var.now);
    if (!proposed.ok) return proposed;
    const { version } = proposed;
    const changes = changedFields(latestOf(history), version);
    if (changes.length === 0) return { ok: false, say: 'It changes nothing.' };
    const { amount, partners_paid } = await playedDays(c, history, version);
    return {
      ok: true,
      says: [
        `Version ${version.version} holds from ${effectiveWords(version, words)} on, and cannot be taken back: only a later version takes its place.`,
        ...changes.map((change) => changeSentence(change, words)),
        `Of what is open now, the pay days to come pay ${words.money(amount.proposed)} to ${counted(partners_paid.proposed, 'partner')}; as it is they pay ${words.money(amount.as_is)} to ${partners_paid.as_is}.`,
      ],
      yes: `Yes, save version ${version.version}`,
    };
  },
  act: async (c, history, form) => {
    const proposed = proposedBy(form, history, c.var.now);
    if (!proposed.ok) return proposed;
    const { hasher } = await readProgram(c.var.books);
    const done = await saveVersion(consoleDoor(c), hasher, proposed.asked, proposed.body);
    if (done.ok) return { ok: true, done: 'policy_saved', to: PLACE };
    if (done.reason === 'conflict' || done.reason === 'busy')
      return { ok: false, say: 'Another version was saved at that moment. Please look at it first.' };
    return { ok: false, say: REFUSALS[done.reason], field: 'effective_on' };
  },
  back: () => PLACE,
});
