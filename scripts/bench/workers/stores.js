/**
 * What stands behind the tracker on bare workerd: a mirror and books that know the links `live-…`, a queue that takes everything. `/counts`
 * tells what they were asked.
 */
const counts = { clicks: 0, sends: 0, operations: 0, mirror: 0, books: 0 };
/** What a message of the queue is billed by, and what each carries besides its body. */
const [CHUNK, ENVELOPE] = [64_000, 100];
const DESTINATION = 'https://www.example.com/landing';

async function queue(request) {
  const text = await request.text();
  counts.sends += 1;
  counts.clicks += text.split('"click_id"').length - 1;
  // Written, read and deleted.
  counts.operations += 3 * Math.ceil((new TextEncoder().encode(text).length + ENVELOPE) / CHUNK);
  return Response.json({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0, oldestMessageTimestamp: 0 } } });
}

async function books(request) {
  const { sql, params = [] } = await request.json();
  const meta = {
    changes: 0,
    duration: 0,
    rows_read: 1,
    rows_written: 0,
    last_row_id: 0,
    changed_db: false,
    size_after: 0,
  };
  if (sql.includes('INSERT')) {
    const rows = JSON.parse(params[0]).length;
    counts.sends += 1;
    counts.clicks += rows;
    return Response.json([{ success: true, results: [], meta: { ...meta, changes: rows, rows_written: rows } }]);
  }
  counts.books += 1;
  const live = String(params[0]).startsWith('live-');
  const results = live ? [{ partner_id: 'ana', destination: DESTINATION, retired: 0, status: 'active' }] : [];
  return Response.json([{ success: true, results, meta }]);
}

function mirror(pathname) {
  counts.mirror += 1;
  if (!decodeURIComponent(pathname).startsWith('/link:live-')) return new Response(null, { status: 404 });
  return Response.json({ partner_id: 'ana', destination: DESTINATION });
}

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === '/counts') return Response.json(counts);
    if (pathname === '/message' || pathname === '/batch') return queue(request);
    if (pathname === '/query' || pathname === '/execute') return books(request);
    return mirror(pathname);
  },
};
