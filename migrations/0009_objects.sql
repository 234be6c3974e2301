-- obcms: locks the imports are a few hundred rows
-- Content of files, once however many records use it. What uses an object has a foreign key to it: the database itself refuses
-- to forget an object that is still used.
CREATE TABLE objects (
  sha256 text COLLATE "C" PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  bytes bigint NOT NULL CHECK (bytes >= 0),
  -- As its content says, not its name.
  media_type text NOT NULL,
  -- When it was last handed in; a younger one may be about to be used.
  kept_at timestamptz NOT NULL,
  -- Since when nothing uses it, as far as was looked.
  unused_since timestamptz
);
CREATE INDEX objects_unused ON objects (unused_since) WHERE unused_since IS NOT NULL;

-- Where an object lies: on the volume, in the bucket, or both while files move.
CREATE TABLE object_copies (
  sha256 text COLLATE "C" NOT NULL REFERENCES objects ON DELETE CASCADE,
  store text NOT NULL CHECK (store IN ('filesystem', 's3')),
  written_at timestamptz NOT NULL,
  -- When it was last read again and its hash compared.
  verified_at timestamptz,
  -- What was wrong then: 'missing' or 'altered'.
  problem text CHECK (problem IN ('missing', 'altered')),
  PRIMARY KEY (sha256, store)
);
CREATE INDEX object_copies_verified ON object_copies (store, verified_at NULLS FIRST);
CREATE INDEX object_copies_problem ON object_copies (sha256) WHERE problem IS NOT NULL;

-- Moves of all files from one store to the other. New files go to the target of an open move.
CREATE TABLE media_moves (
  id uuid PRIMARY KEY,
  target text NOT NULL CHECK (target IN ('filesystem', 's3')),
  -- copying and verifying work on; done waits for USE_S3 to be set accordingly, which makes it switched. Until it is cancelled or
  -- cleaned up, new files go to its target: processes with the old and the new setting run side by side for a while.
  state text NOT NULL CHECK (state IN ('copying', 'verifying', 'paused', 'failed', 'done', 'switched', 'cancelled')),
  bytes_per_second bigint CHECK (bytes_per_second > 0),
  objects_total bigint NOT NULL DEFAULT 0,
  bytes_total bigint NOT NULL DEFAULT 0,
  objects_copied bigint NOT NULL DEFAULT 0,
  bytes_copied bigint NOT NULL DEFAULT 0,
  objects_verified bigint NOT NULL DEFAULT 0,
  bytes_verified bigint NOT NULL DEFAULT 0,
  -- Bytes a second in the last seconds.
  speed bigint NOT NULL DEFAULT 0,
  problem text,
  started_at timestamptz NOT NULL,
  started_by uuid REFERENCES users,
  -- Copies that were read again since then count as verified.
  verifying_since timestamptz,
  -- Whoever works on it, and its last sign of life; another takes over when that is old.
  worker uuid,
  beat_at timestamptz NOT NULL,
  ended_at timestamptz,
  cleanup_asked_at timestamptz,
  -- When the copies in the other store were removed.
  cleaned_at timestamptz
);
-- One at a time.
CREATE UNIQUE INDEX media_moves_open ON media_moves ((true)) WHERE state NOT IN ('switched', 'cancelled');

-- Runs in which copies were read again and their hashes compared.
CREATE TABLE media_scrubs (
  id uuid PRIMARY KEY,
  started_at timestamptz NOT NULL,
  ended_at timestamptz,
  copies bigint NOT NULL DEFAULT 0,
  bytes bigint NOT NULL DEFAULT 0,
  damaged bigint NOT NULL DEFAULT 0,
  mended bigint NOT NULL DEFAULT 0
);

-- The file of an import is an object; the files of imports from before lie under their `file_key`.
ALTER TABLE imports ADD COLUMN object_sha256 text COLLATE "C";
ALTER TABLE imports ADD CONSTRAINT imports_object FOREIGN KEY (object_sha256) REFERENCES objects NOT VALID;
CREATE INDEX imports_object ON imports (object_sha256);

ALTER TABLE organisations ADD COLUMN file_quota_bytes bigint;
COMMENT ON COLUMN organisations.file_quota_bytes IS 'Room for its files; null: FILE_QUOTA_ORGANISATION_MB.';
