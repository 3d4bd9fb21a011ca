import type { PolicyFields, PolicyHistory, PolicyVersion } from './policy.rules.ts';

/** What is the program's for life. */
const FOR_LIFE = ['currency', 'timezone', 'week_starts_on'] as const satisfies readonly (keyof PolicyFields)[];

/** A version as it is asked for: fields that are left out stay as they are in the latest one. */
export type AskedVersion = Partial<PolicyFields> & { effective_from: number };

/** `retroactive`: not later than now. `not_the_last`: not later than the last version. `fixed_for_life`: it alters currency, zone or week. */
export type Proposed =
  | { ok: true; version: PolicyVersion }
  | { ok: false; reason: 'retroactive' | 'not_the_last' | 'fixed_for_life' };

/** The last version that has been saved, in force or to come. */
export function latestOf(history: PolicyHistory): PolicyVersion {
  return history.at(-1) ?? history[0];
}

/** The next version of the policy, whole. It is dated, never retroactive, and follows all that there are. */
export function proposeVersion(history: PolicyHistory, asked: AskedVersion, now: number): Proposed {
  const latest = latestOf(history);
  const altered = FOR_LIFE.some((field) => asked[field] !== undefined && asked[field] !== history[0][field]);
  if (altered) return { ok: false, reason: 'fixed_for_life' };
  if (asked.effective_from <= now) return { ok: false, reason: 'retroactive' };
  if (asked.effective_from <= latest.effective_from) return { ok: false, reason: 'not_the_last' };
  return { ok: true, version: { ...latest, ...asked, version: latest.version + 1 } };
}

/** The policy's fields without number and date. */
export function fieldsOf({ version: _, effective_from: __, ...fields }: PolicyVersion): PolicyFields {
  return fields;
}

/** A field that a version sets otherwise than the one before it. */
export interface FieldChange {
  field: keyof PolicyFields;
  from: PolicyFields[keyof PolicyFields];
  to: PolicyFields[keyof PolicyFields];
}

/** What a version changes of another, in the order of the fields. */
export function changedFields(from: PolicyVersion, to: PolicyVersion): FieldChange[] {
  const names = Object.keys(fieldsOf(from)) as (keyof PolicyFields)[];
  return names.flatMap((field) => (from[field] === to[field] ? [] : [{ field, from: from[field], to: to[field] }]));
}

/** The history as it would be with a version more. */
export function withVersion(history: PolicyHistory, version: PolicyVersion): PolicyHistory {
  const [first, ...rest] = history;
  return [first, ...rest, version];
}
