import { Notice, Table, Tag } from '../pages/parts.tsx';
import type { PolicyRow } from '../policy/policy.repo.ts';
import type { PolicyFields, PolicyHistory, PolicyVersion } from '../policy/policy.rules.ts';
import { changedFields, fieldsOf, type FieldChange } from '../policy/version.rules.ts';
import { Facts, When, type Words } from './common.tsx';
import { POLICY_LABELS, policyWords } from './policy-words.ts';

type Field = keyof PolicyFields;

/** A change of one field as a sentence. */
export function changeSentence({ field, from, to }: FieldChange, words: Words): string {
  return `${POLICY_LABELS[field]}: ${policyWords(field, to, words.money)}, until then ${policyWords(field, from, words.money)}.`;
}

/** From when a version holds. */
export function effectiveWords({ effective_from }: PolicyVersion, words: Words): string {
  return effective_from <= 0 ? 'the beginning' : words.when(effective_from);
}

function Fields({ version, words }: { version: PolicyVersion; words: Words }) {
  const fields = Object.entries(fieldsOf(version)) as [Field, PolicyFields[Field]][];
  return (
    <Facts
      facts={fields.map(([field, value]) => [POLICY_LABELS[field], policyWords(field, value, words.money)] as const)}
    />
  );
}

function Changes({ history, version, words }: { history: PolicyHistory; version: PolicyVersion; words: Words }) {
  const former = history[history.indexOf(version) - 1];
  if (!former) return <>the first version</>;
  const changes = changedFields(former, version);
  if (changes.length === 0) return <>nothing</>;
  return (
    <ul>
      {changes.map((change) => (
        <li>{changeSentence(change, words)}</li>
      ))}
    </ul>
  );
}

/** The version in force with its fields, and all versions with what each changed. */
export function PolicyBody(props: {
  history: PolicyHistory;
  rows: readonly PolicyRow[];
  in_force: PolicyVersion;
  words: Words;
}) {
  const { history, rows, in_force, words } = props;
  const standing = (version: PolicyVersion) => {
    if (version.version === in_force.version) return <Tag tone="good">in force</Tag>;
    return version.effective_from > words.now ? <Tag tone="warn">to come</Tag> : null;
  };
  return (
    <>
      <h1>Policy</h1>
      <p>
        Who signs up is governed for life by the version in force at that moment; threshold, pay day and ceilings follow
        the version in force on the pay date. A version is never changed: the next one takes its place.
      </p>
      <p>
        <a class="button" href="/console/policy/next">
          Prepare the next version
        </a>
      </p>
      <h2>{`In force: version ${in_force.version}`}</h2>
      <Fields version={in_force} words={words} />
      <h2>All versions</h2>
      <Table caption="Versions, the latest first" head={['Version', 'From', 'What it changed', 'Saved by', 'Saved']}>
        {history.toReversed().map((version) => {
          const row = rows.find((one) => one.version === version.version);
          return (
            <tr>
              <td>
                {version.version} {standing(version)}
              </td>
              <td>{effectiveWords(version, words)}</td>
              <td>
                <Changes history={history} version={version} words={words} />
              </td>
              <td>{row?.saved_by ?? '–'}</td>
              <td>
                <When at={row && row.recorded_at > 0 ? row.recorded_at : null} words={words} />
              </td>
            </tr>
          );
        })}
      </Table>
    </>
  );
}

/** What is said where a version cannot be proposed. */
export function WrongVersion({ say }: { say: string }) {
  return (
    <Notice tone="bad">
      <p>{say}</p>
    </Notice>
  );
}
