-- Folders of the document library: below an organisation, or of the office itself when there is none.
CREATE TABLE folders (
  id uuid PRIMARY KEY,
  organisation_id uuid REFERENCES organisations,
  parent_id uuid REFERENCES folders,
  name text NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz(3) NOT NULL,
  created_by uuid REFERENCES users,
  updated_at timestamptz(3) NOT NULL,
  archived_at timestamptz(3),
  sort_name text COLLATE "C" GENERATED ALWAYS AS (fold(name)) STORED NOT NULL
);
CREATE UNIQUE INDEX folders_name ON folders (organisation_id, parent_id, fold(name)) NULLS NOT DISTINCT WHERE archived_at IS NULL;
CREATE INDEX folders_parent ON folders (parent_id);

-- Words as they are looked for: small letters without accents, of any alphabet, parted by blanks.
CREATE FUNCTION plain_words(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT btrim(regexp_replace(
    translate(lower(normalize(value, NFC)), 'áàâäãåéèêëíìîïóòôöõúùûüñçÁÀÂÄÃÅÉÈÊËÍÌÎÏÓÒÔÖÕÚÙÛÜÑÇ',
      'aaaaaaeeeeiiiiooooouuuuncaaaaaaeeeeiiiiooooouuuunc'),
    '[\u0001-\u002f\u003a-\u0060\u007b-\u00bf\u2000-\u206f]+', ' ', 'g'))
$$;

-- A pattern that finds a plain word in text as it was written; capitals are for the pattern's reader.
CREATE FUNCTION any_spelling(word text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT replace(replace(replace(replace(replace(replace(replace(word,
    'a', '[aáàâäãåÁÀÂÄÃÅ]'), 'e', '[eéèêëÉÈÊË]'), 'i', '[iíìîïÍÌÎÏ]'), 'o', '[oóòôöõÓÒÔÖÕ]'), 'u', '[uúùûüÚÙÛÜ]'), 'n', '[nñÑ]'), 'c', '[cçÇ]')
$$;

-- What a search of files looks through: English for other forms of a word, simple for every other language. Text inside is kept
-- without positions, which nothing asks for; what is too much for one tsvector (1 MB) is cut off.
CREATE FUNCTION file_words(name text, tags text[], content text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  heading text := plain_words(name || ' ' || array_to_string(tags, ' '));
  words tsvector := setweight(to_tsvector('simple', heading) || to_tsvector('english', heading), 'A');
  body text := plain_words(left(content, 1000000));
BEGIN
  IF body IS NULL THEN
    RETURN words;
  END IF;
  LOOP
    BEGIN
      RETURN words || strip(to_tsvector('simple', body)) || strip(to_tsvector('english', body));
    EXCEPTION WHEN program_limit_exceeded THEN
      body := left(body, length(body) / 2);
    END;
  END LOOP;
END
$$;

-- Every word typed, in this or another form; the last one may still be at its beginning. Null: there is no word in it.
CREATE FUNCTION file_query(typed text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT string_agg('(' || replace(either::text, '<->', '&') || ')', ' & ')::tsquery
  FROM (
    SELECT to_tsquery('simple', quote_literal(word) || CASE WHEN place = count(*) OVER () AND length(word) > 1 THEN ':*' ELSE '' END)
      || plainto_tsquery('english', word) AS either
    FROM unnest(string_to_array(plain_words(typed), ' ')) WITH ORDINALITY AS split (word, place)
    WHERE word <> ''
  ) words
  WHERE numnode(either) > 0
$$;

-- A file hangs on exactly one record, from which its permissions come.
CREATE TABLE files (
  id uuid PRIMARY KEY,
  folder_id uuid REFERENCES folders,
  community_id uuid REFERENCES communities,
  place_code text REFERENCES places,
  organisation_id uuid REFERENCES organisations,
  name text NOT NULL,
  type text NOT NULL,
  tags text[] NOT NULL DEFAULT '{}',
  confidentiality text NOT NULL CHECK (confidentiality IN ('public', 'internal', 'restricted')),
  -- What its newest version is, for lists without a join.
  version_number integer NOT NULL DEFAULT 1,
  media_type text NOT NULL,
  bytes bigint NOT NULL,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz(3) NOT NULL,
  created_by uuid REFERENCES users,
  updated_at timestamptz(3) NOT NULL,
  archived_at timestamptz(3),
  archive_reason text,
  sort_name text COLLATE "C" GENERATED ALWAYS AS (fold(name)) STORED NOT NULL,
  -- Names and tags now, the text inside when a job has read it.
  words tsvector NOT NULL DEFAULT '',
  CHECK (num_nonnulls(folder_id, community_id, place_code, organisation_id) = 1)
);
-- Folders may hold a hundred thousand files, other records some hundreds, which are sorted when asked for.
CREATE INDEX files_folder_name ON files (folder_id, sort_name, id) WHERE folder_id IS NOT NULL AND archived_at IS NULL;
CREATE INDEX files_folder_updated ON files (folder_id, updated_at, id) INCLUDE (confidentiality) WHERE folder_id IS NOT NULL AND archived_at IS NULL;
CREATE INDEX files_folder ON files (folder_id) WHERE folder_id IS NOT NULL;
CREATE INDEX files_community ON files (community_id) WHERE community_id IS NOT NULL;
CREATE INDEX files_place ON files (place_code) WHERE place_code IS NOT NULL;
CREATE INDEX files_organisation ON files (organisation_id) WHERE organisation_id IS NOT NULL;
CREATE INDEX files_by_name ON files (sort_name, id) WHERE archived_at IS NULL;
-- With what decides who may read it: whoever may not read all is counted for without a look at the rows, which are wide.
CREATE INDEX files_by_updated ON files (updated_at, id)
  INCLUDE (confidentiality, type, folder_id, community_id, place_code, organisation_id) WHERE archived_at IS NULL;
CREATE INDEX files_archived ON files (updated_at, id) WHERE archived_at IS NOT NULL;
-- No list of pending entries: after 300 new files it made a search two to four times as long; what it spares inserts was too
-- noisy to tell.
CREATE INDEX files_words ON files USING gin (words) WITH (fastupdate = off);
CREATE INDEX files_tags ON files USING gin (tags);

CREATE TABLE file_versions (
  file_id uuid NOT NULL REFERENCES files,
  number integer NOT NULL,
  object_sha256 text COLLATE "C" NOT NULL REFERENCES objects,
  -- As it was called where it came from.
  name text NOT NULL,
  bytes bigint NOT NULL,
  media_type text NOT NULL,
  note text,
  created_at timestamptz(3) NOT NULL,
  created_by uuid REFERENCES users,
  PRIMARY KEY (file_id, number)
);
CREATE INDEX file_versions_object ON file_versions (object_sha256);

-- What was found out about the content of an object, by jobs; done once for the same content.
CREATE TABLE object_facts (
  object_sha256 text COLLATE "C" PRIMARY KEY REFERENCES objects ON DELETE CASCADE,
  -- As it was taken for when it became a file.
  media_type text NOT NULL,
  -- unscanned waits for the scanner; without one, everything is unneeded.
  scan text NOT NULL CHECK (scan IN ('unneeded', 'unscanned', 'clean', 'infected')),
  scan_finding text,
  scanned_at timestamptz,
  -- waiting; ready; none: nothing to show or to read; failed: damaged, or too large to open safely.
  thumbnails text NOT NULL CHECK (thumbnails IN ('waiting', 'ready', 'none', 'failed')),
  text_state text NOT NULL CHECK (text_state IN ('waiting', 'ready', 'none', 'failed')),
  text_content text,
  width integer,
  height integer,
  pages integer,
  -- Why it is not cleared, not shown or not read, in words for a person.
  problem text,
  -- When it was last looked at, and how often in vain: the pause until the next look doubles.
  looked_at timestamptz NOT NULL,
  looks integer NOT NULL DEFAULT 0
);
CREATE INDEX object_facts_waiting ON object_facts (looked_at)
  WHERE scan = 'unscanned' OR thumbnails = 'waiting' OR text_state = 'waiting';

-- Derived pictures without place, time or camera in them.
CREATE TABLE object_thumbnails (
  object_sha256 text COLLATE "C" NOT NULL REFERENCES objects ON DELETE CASCADE,
  size text NOT NULL CHECK (size IN ('small', 'medium', 'large')),
  thumbnail_sha256 text COLLATE "C" NOT NULL REFERENCES objects,
  width integer NOT NULL,
  height integer NOT NULL,
  PRIMARY KEY (object_sha256, size)
);
CREATE INDEX object_thumbnails_thumbnail ON object_thumbnails (thumbnail_sha256);

-- Further records that a file is about; they give no access to it.
CREATE TABLE file_links (
  id uuid PRIMARY KEY,
  file_id uuid NOT NULL REFERENCES files,
  -- A link to what is gone is none; a file itself stays whatever happens.
  community_id uuid REFERENCES communities ON DELETE CASCADE,
  place_code text REFERENCES places,
  organisation_id uuid REFERENCES organisations,
  created_at timestamptz NOT NULL,
  created_by uuid REFERENCES users,
  CHECK (num_nonnulls(community_id, place_code, organisation_id) = 1)
);
CREATE UNIQUE INDEX file_links_one ON file_links (file_id, community_id, place_code, organisation_id) NULLS NOT DISTINCT;
CREATE INDEX file_links_community ON file_links (community_id) WHERE community_id IS NOT NULL;
CREATE INDEX file_links_place ON file_links (place_code) WHERE place_code IS NOT NULL;
CREATE INDEX file_links_organisation ON file_links (organisation_id) WHERE organisation_id IS NOT NULL;

-- Addresses that show one file to whoever has them, until they end or are revoked.
CREATE TABLE file_shares (
  id uuid PRIMARY KEY,
  file_id uuid NOT NULL REFERENCES files,
  -- SHA-256 of the secret in the address.
  secret_hash text NOT NULL UNIQUE,
  note text,
  created_at timestamptz NOT NULL,
  created_by uuid NOT NULL REFERENCES users,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  revoked_by uuid REFERENCES users,
  used_count integer NOT NULL DEFAULT 0,
  used_at timestamptz
);
CREATE INDEX file_shares_file ON file_shares (file_id);

-- Who looked at or took a file; one row for each person, deed and hour.
CREATE TABLE file_uses (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  file_id uuid NOT NULL REFERENCES files,
  user_id uuid REFERENCES users,
  share_id uuid REFERENCES file_shares,
  deed text NOT NULL CHECK (deed IN ('viewed', 'downloaded', 'original')),
  at timestamptz NOT NULL,
  address text
);
CREATE INDEX file_uses_file ON file_uses (file_id, id DESC);
CREATE UNIQUE INDEX file_uses_hour ON file_uses (file_id, user_id, share_id, deed, date_trunc('hour', at AT TIME ZONE 'UTC')) NULLS NOT DISTINCT;

-- Uploads under way, and what became of the finished ones.
CREATE TABLE uploads (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users,
  name text NOT NULL,
  bytes bigint NOT NULL CHECK (bytes >= 0),
  -- Where its parts lie until it is whole.
  store text NOT NULL CHECK (store IN ('filesystem', 's3')),
  -- What is to become of it: the record, type, confidentiality and tags of a new file, or the file that gets a new version.
  intent jsonb NOT NULL,
  -- arriving → arrived (all bytes are here) → kept (file_id says where); refused has a reason; expired was given up.
  state text NOT NULL CHECK (state IN ('arriving', 'arrived', 'kept', 'refused', 'expired')),
  refusal text,
  organisation_id uuid REFERENCES organisations,
  file_id uuid REFERENCES files,
  -- Bytes that were acknowledged.
  received bigint NOT NULL DEFAULT 0,
  -- Content of the whole, known before it has its place: no foreign key, the object may not be there yet.
  object_sha256 text COLLATE "C",
  -- `Idempotency-Key` of its creation.
  once_key text,
  -- Who works on it at the moment, until when unless it says again that it does, and whether another waits.
  lease_token uuid,
  lease_until timestamptz,
  lease_wanted boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  touched_at timestamptz NOT NULL,
  ended_at timestamptz
);
CREATE INDEX uploads_user ON uploads (user_id, created_at DESC);
CREATE INDEX uploads_open ON uploads (touched_at) WHERE state IN ('arriving', 'arrived');
CREATE UNIQUE INDEX uploads_once ON uploads (user_id, once_key) WHERE once_key IS NOT NULL;
-- What an organisation's files take: added up from the index alone.
CREATE INDEX uploads_room ON uploads (organisation_id) INCLUDE (bytes) WHERE state IN ('arriving', 'arrived', 'kept');
