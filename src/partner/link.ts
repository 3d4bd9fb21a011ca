import type { Door, Refusal, Written } from '../account/write.ts';
import type { Hasher } from '../people/hash.ts';
import { auditStatement } from '../program/audit.repo.ts';
import { changedOnly, toldChange } from '../program/audit.rules.ts';
import { guardQuery, guardsFrom, subjectOf, type Statement } from '../program/commit.repo.ts';
import { keyedWrite } from '../program/replay.repo.ts';
import { writeOnce } from '../program/write-once.ts';
import { findLink, insertLink, setRetired, updateLink } from './link.repo.ts';
import { destinationAllowed, linkRow, linkView, plainCode, type LinkView } from './link.rules.ts';
import { mintCode } from './mint.ts';
import { partnerExists } from './partner.repo.ts';

/** Where links live, and where they may lead. */
export interface LinkConfig {
  public_url: string;
  link_origins: readonly string[];
}

/** A new link; without a code one is minted. */
export interface LinkInput {
  partner_id: string;
  code?: string | undefined;
  destination: string;
  label?: string | undefined;
}

/**
 * Gives a partner a link. A code is one regardless of case and belongs to its first partner for good (`code_taken`). Keyed by its code,
 * else by the caller's idempotency key, else always new.
 */
export async function createLink(
  door: Door,
  hasher: Hasher,
  config: LinkConfig,
  input: LinkInput,
  idempotency_key: string | null,
): Promise<Written<LinkView> | Refusal<'not_found' | 'code_taken' | 'destination_not_allowed' | 'conflict' | 'busy'>> {
  const { books, now, by, via } = door;
  const { partner_id, destination } = input;
  const code = input.code === undefined ? null : plainCode(input.code);
  const [scope, key] =
    code === null ? ([`link-key:${partner_id}`, idempotency_key] as const) : ([`link:${partner_id}`, code] as const);
  const keyed =
    key === null
      ? null
      : await keyedWrite(
          hasher,
          scope,
          key,
          { code: code ?? undefined, destination, label: input.label },
          subjectOf('partner', partner_id),
        );

  return writeOnce(door, keyed, async () => {
    const row = linkRow({
      code: input.code ?? mintCode(),
      partner_id,
      destination,
      label: input.label ?? null,
      recorded_at: now,
    });
    const subjects = [subjectOf('link', row.code)];
    const guards = guardsFrom(subjects, await guardQuery(books, subjects));
    const [former, partner] = await Promise.all([findLink(books, row.code), partnerExists(books, partner_id)]);
    if (!partner) return { ok: false, reason: 'not_found' };
    if (!destinationAllowed(destination, config.link_origins)) return { ok: false, reason: 'destination_not_allowed' };
    if (former) return { ok: false, reason: former.partner_id === partner_id ? 'conflict' : 'code_taken' };
    const log = auditStatement(books, {
      at: now,
      actor: by,
      via,
      action: 'link.create',
      subject: subjectOf('partner', partner_id),
      details: { code: row.code },
      after: { destination, ...(row.label === null ? {} : changedOnly(['label'])) },
    });
    return {
      ok: true,
      guards,
      statements: [insertLink(books, row), log],
      answer: linkView(config.public_url, row, false),
    };
  });
}

/** Fields of a link to change; `undefined` leaves one as it is, a null label clears it. */
export interface LinkPatch {
  destination?: string | undefined;
  label?: string | null | undefined;
  retired?: boolean | undefined;
}

/** Changes a link of the partner, retires it or brings it back, from the door's clock on. Another partner's link is `not_found`. */
export async function changeLink(
  door: Door,
  config: LinkConfig,
  partner_id: string,
  shown: string,
  patch: LinkPatch,
): Promise<{ ok: true; link: LinkView } | Refusal<'not_found' | 'destination_not_allowed' | 'conflict' | 'busy'>> {
  const { books, now, by, via } = door;
  const code = plainCode(shown);
  const done = await writeOnce<LinkView, 'not_found' | 'destination_not_allowed'>(door, null, async () => {
    const subjects = [subjectOf('link', code)];
    const guards = guardsFrom(subjects, await guardQuery(books, subjects));
    const link = await findLink(books, code, now);
    if (!link || link.partner_id !== partner_id) return { ok: false, reason: 'not_found' };
    const { destination = link.destination, label = link.label, retired = link.retired } = patch;
    if (patch.destination !== undefined && !destinationAllowed(destination, config.link_origins))
      return { ok: false, reason: 'destination_not_allowed' };
    const answer = linkView(config.public_url, { ...link, destination, label }, retired);
    const statements: Statement[] = [];
    if (destination !== link.destination || label !== link.label)
      statements.push(updateLink(books, code, { destination, label }));
    if (retired !== link.retired) statements.push(setRetired(books, code, retired, now));
    if (statements.length === 0) return { ok: true, guards: [], statements, answer };
    const change = toldChange({ destination: link.destination, retired: link.retired }, { destination, retired });
    const told = {
      before: change?.before ?? null,
      after: { ...change?.after, ...(label === link.label ? {} : changedOnly(['label'])) },
    };
    statements.push(
      auditStatement(books, {
        at: now,
        actor: by,
        via,
        action: 'link.change',
        subject: subjectOf('partner', partner_id),
        details: { code },
        ...told,
      }),
    );
    return { ok: true, guards, statements, answer };
  });
  return done.ok ? { ok: true, link: done.answer } : done;
}
