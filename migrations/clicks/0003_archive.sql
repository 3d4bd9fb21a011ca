-- Clicks that have moved to the archive (R2), by object. A click is in `clicks` or in one of these objects, never in neither: the row here
-- and the deletion there are one batch.
CREATE TABLE archive_parts (
  from_day TEXT NOT NULL,           -- UTC days of its clicks, both included, seven at most
  key TEXT NOT NULL,                -- of the object; holds the hash of its bytes
  to_day TEXT NOT NULL,
  from_visitor TEXT NOT NULL,       -- visitors that it may hold, both included; the parts of a span leave no gap
  to_visitor TEXT NOT NULL,
  clicks INTEGER NOT NULL CHECK (clicks > 0),
  moved INTEGER NOT NULL CHECK (moved = clicks),    -- rows that were there to be moved: less, and nothing is
  bytes INTEGER NOT NULL,
  blocks TEXT NOT NULL CHECK (json_valid(blocks)),  -- [first visitor, offset, bytes] each: a gzip member by itself
  archived_at INTEGER NOT NULL,
  PRIMARY KEY (from_day, key)
) STRICT, WITHOUT ROWID;
