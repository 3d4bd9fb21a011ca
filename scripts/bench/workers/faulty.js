import worker from './index.js';

export * from './index.js';

/**
 * A Worker whose stores can be made slow, failing, or failing after the deed, and which counts what is asked of them. `PUT /__faults` sets
 * `{ LINKS, BOOKS, CLICKS }`, here and in the Worker behind; `GET /__faults` tells what was asked of each here, how often a fault was met
 * here and behind, and how many clicks were sent to the queue and not yet taken from it for good.
 */
const STORES = ['LINKS', 'BOOKS', 'CLICKS'];
const SLOW_MS = 1200;
let faults = {};
const asked = { LINKS: 0, BOOKS: 0, CLICKS: 0 };
const met = { LINKS: 0, BOOKS: 0, CLICKS: 0 };
const queued = { sent: 0, taken: 0 };

async function through(store, work) {
  asked[store] += 1;
  const fault = faults[store];
  if (fault) met[store] += 1;
  if (fault === 'slow') await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
  if (fault === 'failing') throw new Error(`${store} is down`);
  const result = await work();
  if (fault === 'unsure') throw new Error(`${store} does not say whether it did`);
  return result;
}

const RUNS = new Set(['run', 'all', 'first', 'raw', 'get', 'put', 'delete', 'list']);
const inner = Symbol('the statement itself');

/** A store, or a statement of it, whose work goes through the fault. */
function faulty(store, target) {
  return new Proxy(target, {
    get(_, name) {
      if (name === inner) return target;
      const own = target[name];
      if (typeof own !== 'function') return own;
      if (RUNS.has(name)) return (...values) => through(store, () => own.apply(target, values));
      if (name === 'batch')
        return (statements) => through(store, () => target.batch(statements.map((one) => one[inner])));
      if (name === 'prepare' || name === 'bind') return (...values) => faulty(store, own.apply(target, values));
      return own.bind(target);
    },
  });
}

const clicksOf = (body) => body?.clicks?.length ?? 1;

/** The queue of clicks; what it takes is counted. */
const counted = (queue) => ({
  async send(body, how) {
    const sent = await queue.send(body, how);
    queued.sent += clicksOf(body);
    return sent;
  },
});

/** A batch whose messages are counted as taken unless they are to come again. */
function watched(batch, again) {
  const messages = batch.messages.map(
    (message) =>
      new Proxy(message, {
        get(target, name) {
          if (name === 'retry') return (how) => (again.add(target.id), target.retry(how));
          const own = target[name];
          return typeof own === 'function' ? own.bind(target) : own;
        },
      }),
  );
  return { queue: batch.queue, messages };
}

const envs = new WeakMap();

function faultyEnv(env) {
  let wrapped = envs.get(env);
  if (!wrapped) {
    wrapped = { ...env };
    for (const store of STORES) if (env[store]) wrapped[store] = faulty(store, env[store]);
    if (env.CLICK_QUEUE) wrapped.CLICK_QUEUE = counted(env.CLICK_QUEUE);
    envs.set(env, wrapped);
  }
  return wrapped;
}

export default {
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname !== '/__faults') return worker.fetch(request, faultyEnv(env), ctx);
    if (request.method === 'PUT') faults = await request.clone().json();
    const behind = env.PROGRAM ? await (await env.PROGRAM.fetch(request)).json() : { met: {}, waiting: 0 };
    const both = Object.fromEntries(STORES.map((store) => [store, met[store] + (behind.met[store] ?? 0)]));
    return Response.json({ asked, met: both, waiting: queued.sent - queued.taken + behind.waiting });
  },
  async queue(batch, env, ctx) {
    const again = new Set();
    await worker.queue(watched(batch, again), faultyEnv(env), ctx);
    for (const { id, body } of batch.messages) if (!again.has(id)) queued.taken += clicksOf(body);
  },
};
