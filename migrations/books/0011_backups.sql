-- When each cron came and when it last ran well, so that one that never comes shows. A row a cron.
CREATE TABLE heartbeats (
  cron TEXT PRIMARY KEY,            -- as src/heartbeat names it
  came_at INTEGER NOT NULL,         -- the time of its last run
  well_at INTEGER                   -- of the last run that ended well; null: none has
) STRICT, WITHOUT ROWID;

-- Nightly copies of these books in R2. A row a night; what it holds of is not in the copy.
CREATE TABLE backups (
  day TEXT PRIMARY KEY,             -- UTC day of the run that began it
  status TEXT NOT NULL CHECK (status IN ('running', 'done', 'dropped')),
  step INTEGER NOT NULL,            -- moves with each write: of two runs at once one goes on
  progress TEXT NOT NULL CHECK (json_valid(progress)),  -- how far it has come; once done, empty
  manifest_sha256 TEXT,
  rows INTEGER,
  bytes INTEGER,
  began_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT, WITHOUT ROWID;
