CREATE TABLE imports (
  id uuid PRIMARY KEY,
  state text NOT NULL,
  file_name text NOT NULL,
  -- Where `platform/storage` keeps the uploaded file; null once it was removed.
  file_key text,
  file_bytes bigint NOT NULL,
  file_sha256 text NOT NULL,
  columns jsonb NOT NULL DEFAULT '[]',
  refusal text,
  rows_total integer NOT NULL DEFAULT 0,
  rows_ready integer NOT NULL DEFAULT 0,
  rows_wrong integer NOT NULL DEFAULT 0,
  rows_warned integer NOT NULL DEFAULT 0,
  progress_done integer NOT NULL DEFAULT 0,
  progress_total integer,
  progress_started_at timestamptz,
  -- The run of a job that may write; another run, or a person who cancels, takes it away.
  run_id uuid,
  -- Last sign of life of the job.
  beat_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  created_by uuid NOT NULL REFERENCES users,
  finished_at timestamptz
);
CREATE INDEX imports_newest ON imports (created_at DESC, id DESC);

-- Rows of a checked file, ready to be registered; removed when the import ends.
CREATE TABLE import_rows (
  import_id uuid NOT NULL,
  row integer NOT NULL,
  community jsonb NOT NULL,
  PRIMARY KEY (import_id, row)
);
-- What is wrong with rows; kept with the import for the marked copy of the file.
CREATE TABLE import_problems (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  import_id uuid NOT NULL REFERENCES imports ON DELETE CASCADE,
  row integer NOT NULL,
  severity text NOT NULL CHECK (severity IN ('error', 'warning')),
  column_name text,
  value text,
  message text NOT NULL
);
CREATE INDEX import_problems_row ON import_problems (import_id, row, id);
