-- What a link carried besides its code, in the click's own row: still one row and no index entry a click.
ALTER TABLE clicks ADD COLUMN sub_id TEXT CHECK (length(sub_id) BETWEEN 1 AND 64);
ALTER TABLE clicks ADD COLUMN utm_source TEXT CHECK (length(utm_source) BETWEEN 1 AND 100);
ALTER TABLE clicks ADD COLUMN utm_medium TEXT CHECK (length(utm_medium) BETWEEN 1 AND 100);
ALTER TABLE clicks ADD COLUMN utm_campaign TEXT CHECK (length(utm_campaign) BETWEEN 1 AND 100);

-- Clicks of a closed UTC day, added up by the cron; made again from the clicks whenever the day is counted again.
CREATE TABLE click_days (
  code TEXT NOT NULL,
  day TEXT NOT NULL,
  sub_id TEXT NOT NULL,             -- '' where the link carried none
  utm_campaign TEXT NOT NULL,       -- likewise
  persons INTEGER NOT NULL CHECK (persons >= 0),
  bots INTEGER NOT NULL CHECK (bots >= 0),
  others INTEGER NOT NULL CHECK (others >= 0),      -- head, frame, image, prefetch, fetch
  PRIMARY KEY (code, day, sub_id, utm_campaign)
) STRICT, WITHOUT ROWID;

-- Which days have been counted, and when last: a click may come through the queue days late.
CREATE TABLE counted_days (
  day TEXT PRIMARY KEY,
  counted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
