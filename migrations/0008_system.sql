-- What administrators see on the System page: figures of each process by the minute, and the recent security events.
CREATE TABLE system_samples (
  at timestamptz NOT NULL,
  -- Made anew at each start.
  process_id uuid NOT NULL,
  host text NOT NULL,
  pid int NOT NULL,
  kind text NOT NULL CHECK (kind IN ('web', 'worker', 'all')),
  version text NOT NULL,
  started_at timestamptz NOT NULL,
  requests int NOT NULL,
  errors int NOT NULL,
  -- Null: nobody asked for anything.
  p95_ms real,
  loop_ms real NOT NULL,
  memory_mb int NOT NULL,
  pool_total int,
  pool_waiting int,
  jobs_done int NOT NULL,
  jobs_failed int NOT NULL,
  PRIMARY KEY (at, process_id)
);

-- No foreign key: an event outlives the account it speaks of.
CREATE TABLE security_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  event text NOT NULL,
  user_id uuid,
  address text,
  request_id text,
  facts jsonb NOT NULL
);
CREATE INDEX security_events_event ON security_events (event, id DESC);
CREATE INDEX security_events_at ON security_events (at);
