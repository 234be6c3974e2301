-- What every module uses: the audit trail, once-only creates, settings.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Folds spelling for search: lower case, ñ = n, no accents, hyphens and dots as spaces, one space between words.
CREATE FUNCTION fold(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT btrim(regexp_replace(
    -- Capitals too: in a database of locale C, lower() knows ASCII only.
    translate(lower(value), 'áàâäãåéèêëíìîïóòôöõúùûüñçÁÀÂÄÃÅÉÈÊËÍÌÎÏÓÒÔÖÕÚÙÛÜÑÇ’‘`',
      'aaaaaaeeeeiiiiooooouuuuncaaaaaaeeeeiiiiooooouuuunc'''''''),
    '[^a-z0-9'']+', ' ', 'g'))
$$;

CREATE TABLE audit_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  -- Null for the system itself (jobs, command line).
  actor_id uuid,
  actor_name text NOT NULL,
  action text NOT NULL,
  subject_type text NOT NULL,
  subject_id text NOT NULL,
  -- Only the fields that changed.
  before jsonb,
  after jsonb,
  request_id text,
  address text
);
CREATE INDEX audit_events_subject ON audit_events (subject_type, subject_id, id DESC);
CREATE INDEX audit_events_actor ON audit_events (actor_id, id DESC);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A create that was sent with an Idempotency-Key; kept a day, removed by a job.
CREATE TABLE idempotency_keys (
  actor_id uuid NOT NULL,
  key text NOT NULL,
  route text NOT NULL,
  request_hash text NOT NULL,
  reply jsonb,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (actor_id, key)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
