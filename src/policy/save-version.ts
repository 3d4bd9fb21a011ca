import type { Door, Refusal, Written } from '../account/write.ts';
import type { Hasher } from '../people/hash.ts';
import { auditStatement } from '../program/audit.repo.ts';
import type { Json } from '../program/canonical.rules.ts';
import { guardQuery, guardsFrom, subjectOf } from '../program/commit.repo.ts';
import { keyedWrite } from '../program/replay.repo.ts';
import { writeOnce } from '../program/write-once.ts';
import { insertVersion, readPolicy } from './policy.repo.ts';
import type { PolicyVersion } from './policy.rules.ts';
import { type AskedVersion, changedFields, latestOf, type Proposed, proposeVersion } from './version.rules.ts';

/** Why a version is not saved. */
export type VersionRefusal = Extract<Proposed, { ok: false }>['reason'];

/**
 * Saves the next version of the policy, keyed by its `effective_from`. It governs accounts that sign up from then on, and pay days from
 * then on; nothing that is booked changes, and no account changes its version.
 */
export async function saveVersion(
  { books, now, by, via }: Door,
  hasher: Hasher,
  asked: AskedVersion,
  content: Json,
): Promise<Written<PolicyVersion> | Refusal<VersionRefusal | 'conflict' | 'busy'>> {
  const subject = subjectOf('policy', 'versions');
  const keyed = await keyedWrite(hasher, 'policy', String(asked.effective_from), content, subject);
  return writeOnce<PolicyVersion, VersionRefusal | 'conflict'>({ books, now }, keyed, async () => {
    const guards = guardsFrom([subject], await guardQuery(books, [subject]));
    const history = await readPolicy(books);
    const proposed = proposeVersion(history, asked, now);
    if (!proposed.ok) return proposed;
    const { version } = proposed;
    const changes = changedFields(latestOf(history), version);
    const told = (side: 'from' | 'to') => Object.fromEntries(changes.map((change) => [change.field, change[side]]));
    const log = auditStatement(books, {
      at: now,
      actor: by,
      via,
      action: 'policy.save',
      subject,
      details: {
        version: version.version,
        effective_from: version.effective_from,
      },
      before: told('from'),
      after: told('to'),
    });
    return { ok: true, guards, statements: [insertVersion(books, version, { by, at: now }), log], answer: version };
  });
}
