import { systemNow } from '../../../src/clock.ts';
import { countedDatabase } from '../../../src/http/cost.repo.ts';
import { noCost } from '../../../src/http/cost.ts';
import payouts, { PayoutsRun as ShippedRun } from '../../../workers/payouts/index.ts';

export { PayoutsService, PayoutWorkflow } from '../../../workers/payouts/index.ts';

/** The most that one statement, one batch, and one invocation asked of D1. */
const noMost = () => ({ parameters: 0, parameter_bytes: 0, statement_bytes: 0, batch_ms: 0, queries: 0 });

/** The firing that is measured, over all of its invocations. */
let firing = null;

/** Begins an invocation: an environment whose books are watched. */
function begin(env) {
  const { cost, most, counts, pause } = firing;
  end();
  firing.invocations += 1;
  const onClose = () => {
    firing.close ??= { at: systemNow(), cost: { ...cost } };
  };
  const seen = watched(env.BOOKS, most, onClose, pause);
  return { ...env, BOOKS: counts ? countedDatabase(seen, cost) : seen };
}

function end() {
  const { cost, most } = firing;
  most.queries = Math.max(most.queries, cost.queries - firing.asked);
  firing.asked = cost.queries;
}

/** What the Worker calls of itself where an invocation's queries are used up. */
export class PayoutsRun extends ShippedRun {
  constructor(ctx, env) {
    super(ctx, begin(env));
  }
}

/** A database that tells when the close begins, and how large statements are. */
function watched(database, most, onClose, onBatch) {
  const prepare = (text) => {
    if (text.includes('close_runs')) onClose();
    most.statement_bytes = Math.max(most.statement_bytes, text.length);
    const statement = database.prepare(text);
    const bind = statement.bind.bind(statement);
    statement.bind = (...values) => {
      most.parameters = Math.max(most.parameters, values.length);
      const sizes = values.map((value) => (typeof value === 'string' ? value.length : 0));
      most.parameter_bytes = Math.max(most.parameter_bytes, ...sizes);
      return bind(...values);
    };
    return statement;
  };
  const batch = async (statements) => {
    await onBatch();
    const began = systemNow();
    const results = await database.batch(statements);
    most.batch_ms = Math.max(most.batch_ms, systemNow() - began);
    return results;
  };
  return new Proxy(database, {
    get(target, key) {
      if (key === 'prepare') return prepare;
      if (key === 'batch') return batch;
      const value = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/**
 * The payouts Worker as shipped, woken by a request instead of the clock, on a database that is watched: `?cron=&at=` runs the handler of
 * its crons, with `&count` each query's rows are counted too (reads are then asked twice, so time is told without it).
 */
export default {
  async fetch(request, env, context) {
    const asked = new URL(request.url).searchParams;
    const counts = asked.has('count');
    // Whoever waits for an answer has its memory measured meanwhile, without garbage.
    const pause = async () => {
      if (!counts) return;
      gc();
      await env.PAUSE.fetch(`http://pause/${firing.close ? 'close' : 'freeze'}`);
    };
    firing = { cost: noCost(), most: noMost(), counts, pause, close: null, invocations: 0, asked: 0 };
    const began = systemNow();
    const woken = { cron: asked.get('cron'), scheduledTime: Number(asked.get('at')) };
    await payouts.scheduled(woken, begin(env), context);
    end();
    const ended = systemNow();
    const { cost, most, close, invocations } = firing;
    const freeze = { ms: (close?.at ?? ended) - began, ...(close?.cost ?? cost) };
    return Response.json({ freeze, whole: { ms: ended - began, ...cost }, most, invocations });
  },
};
