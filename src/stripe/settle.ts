import type { SignupContext } from '../signup/record.ts';
import { derive, type Waiting } from './derive.rules.ts';
import { closePending, readComponent, stillPending } from './stripe.repo.ts';
import { tellAccountFacts, tellElsewhere } from './tell.ts';

/** How often what came meanwhile is dealt with in one go; the sweep does the rest. */
const ROUNDS = 3;

/**
 * Brings the books to what is known of all that hangs together with an object. Facts that come meanwhile are seen by whoever is last: an
 * object stays pending until somebody has read all that was said of it.
 */
export async function settleObject(context: SignupContext, object_id: string): Promise<void> {
  const { books, now } = context.door;
  for (let i = 0; i < ROUNDS; i++) {
    const { facts, pending, known } = await readComponent(books, object_id);
    const { accounts, elsewhere, waiting } = derive(facts, known);
    const refused: Waiting[] = [];
    for (const account of accounts) refused.push(...(await tellAccountFacts(context, account)));
    for (const account of elsewhere) refused.push(...(await tellElsewhere(context, account)));
    await closePending(books, pending, [...waiting, ...refused], now);
    if (!(await stillPending(books, object_id))) return;
  }
}
