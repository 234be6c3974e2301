-- What open pages of one person are told of; kept a day.
CREATE TABLE events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  kind text NOT NULL,
  data jsonb NOT NULL CHECK (pg_column_size(data) <= 4096),
  at timestamptz NOT NULL
);
CREATE INDEX events_of_user ON events (user_id, id);
CREATE INDEX events_at ON events (at);
