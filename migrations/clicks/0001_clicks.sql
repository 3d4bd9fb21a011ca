-- The clicks database: large evidence, written once per click by the queue consumer, never changed.
-- A click is found by day and visitor, so that an audit is one seek a day and archiving is a range.
CREATE TABLE clicks (
  day TEXT NOT NULL,                -- UTC day of clicked_at, YYYY-MM-DD
  visitor_id TEXT NOT NULL,
  click_id TEXT NOT NULL,           -- UUIDv7, minted at the edge
  clicked_at INTEGER NOT NULL,      -- epoch ms
  code TEXT NOT NULL,               -- as asked for, lower case
  partner_id TEXT,                  -- as the edge knew it; null when no link store answered. Codes that lead nowhere are not recorded
  class TEXT NOT NULL CHECK (class IN ('person', 'bot', 'head', 'frame', 'image', 'prefetch', 'fetch')),
  PRIMARY KEY (day, visitor_id, click_id)
) STRICT, WITHOUT ROWID;
