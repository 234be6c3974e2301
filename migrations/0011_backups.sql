-- Backups and their proofs, newest of which the System page shows.
CREATE TABLE backup_runs (
  id uuid PRIMARY KEY,
  -- made: written to the target; proved: restored into a scratch database and compared.
  kind text NOT NULL CHECK (kind IN ('made', 'proved')),
  state text NOT NULL CHECK (state IN ('running', 'done', 'failed')),
  -- Of the backup on the target; null as long as none was found.
  backup_id text,
  started_at timestamptz NOT NULL,
  ended_at timestamptz,
  -- Bytes written to the target, or read from it.
  bytes bigint,
  tables integer,
  rows bigint,
  -- Named by the backup.
  objects bigint,
  -- Written now (made), or decrypted and compared (proved).
  objects_done bigint,
  -- Why it failed, or what is wrong with a backup that was made all the same.
  problem text
);
CREATE INDEX backup_runs_newest ON backup_runs (kind, started_at DESC);

-- The secret that encrypts what backups hold and names objects on the target; sealed with SECRET_KEY. One row.
CREATE TABLE backup_keys (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  sealed text NOT NULL,
  created_at timestamptz NOT NULL
);

-- What this database was restored from. One that is not ended was broken off: nothing starts on it.
CREATE TABLE backup_restores (
  id uuid PRIMARY KEY,
  backup_id text NOT NULL,
  made_at timestamptz NOT NULL,
  started_at timestamptz NOT NULL,
  -- When its rows were there; the queue follows.
  loaded_at timestamptz,
  ended_at timestamptz
);
