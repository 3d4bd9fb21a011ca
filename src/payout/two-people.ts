import { sha256 } from '../people/hash.ts';
import { canonicalJson, type Json } from '../program/canonical.rules.ts';
import { commit, decideAgain, type Database, type Guard, type Statement } from '../program/commit.repo.ts';
import { isDone, proposeOrDo, type ProposedCall } from '../program/proposal.repo.ts';
import type { RpcAnswer } from './rpc.ts';

/** What is done once two people have said the same, or why it is not. */
export type Prepared =
  | { ok: true; guards: readonly Guard[]; statements: readonly Statement[] }
  | Extract<RpcAnswer, { ok: false }>;

/** A call that needs two people. */
export interface TwoPeopleCall {
  operation: string;
  subject: string;
  content: Json;
  by: string;
  now: number;
}

const BUSY = { ok: false, reason: 'busy', detail: 'Try again.' } as const;

/**
 * Proposes a call, or does it where another name has proposed the same. `prepare` decides anew at each attempt, and first: what cannot be
 * done is not proposed either. The same call once done is `first_time: false`, whatever has become of its subject. `work` is what takes more
 * than one write: it is repeated until it ends well, and only then is the call done.
 */
export async function byTwoPeople(
  db: Database,
  { content, ...call }: TwoPeopleCall,
  prepare: () => Promise<Prepared>,
  work: () => Promise<Extract<RpcAnswer, { ok: false }> | null> = async () => null,
): Promise<RpcAnswer> {
  const proposed: ProposedCall = { ...call, content, content_hash: await sha256(canonicalJson(content)) };
  const done = await decideAgain(async (): Promise<RpcAnswer | 'conflict'> => {
    if (await isDone(db, proposed)) return { ok: true, first_time: false };
    const prepared = await prepare();
    if (!prepared.ok) return prepared;
    const standing = await proposeOrDo(db, proposed);
    if (standing.status === 'busy') return BUSY;
    if (standing.status === 'done') return { ok: true, first_time: false };
    if (standing.status === 'proposed') return { ok: true, first_time: true, proposed: true };
    const failed = await work();
    if (failed) return failed;
    const outcome = await commit(db, prepared.guards, [...standing.statements, ...prepared.statements]);
    return outcome === 'conflict' ? 'conflict' : { ok: true, first_time: true };
  });
  return done.ok ? done.value : BUSY;
}
