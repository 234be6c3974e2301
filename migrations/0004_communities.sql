CREATE SEQUENCE community_numbers;

-- What a search looks through. The blank in front lets `% ab%` find the first word too.
CREATE FUNCTION community_search(name text, aliases text[], sitio text, office_id text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN ' ' || fold(name || ' ' || array_to_string(aliases, ' ') || ' ' || coalesce(sitio, '') || ' ' || office_id);

CREATE TABLE communities (
  id uuid PRIMARY KEY,
  office_id text COLLATE "C" NOT NULL UNIQUE,
  name text NOT NULL,
  aliases text[] NOT NULL DEFAULT '{}',
  barangay_code text NOT NULL REFERENCES places,
  -- Copies of the barangay's ancestors for filters and scopes; written from `places` only.
  city_code text NOT NULL,
  province_code text,
  region_code text NOT NULL,
  sitio text,
  settlement_type text,
  proximity text,
  status text NOT NULL CHECK (status IN ('confirmed', 'presumed', 'none_found')),
  status_source text NOT NULL,
  status_date date NOT NULL,
  latitude double precision CHECK (latitude BETWEEN -90 AND 90),
  longitude double precision CHECK (longitude BETWEEN -180 AND 180),
  accuracy_metres integer CHECK (accuracy_metres >= 0),
  population integer CHECK (population >= 0),
  households integer CHECK (households >= 0),
  families integer CHECK (families >= 0),
  primary_group text,
  other_groups text[] NOT NULL DEFAULT '{}',
  notes text,
  demo boolean NOT NULL DEFAULT false,
  -- The import that registered it.
  import_id uuid,
  version integer NOT NULL DEFAULT 1,
  -- Milliseconds, as the programs count, so that a page can go on exactly where the one before ended.
  created_at timestamptz(3) NOT NULL,
  created_by uuid REFERENCES users,
  updated_at timestamptz(3) NOT NULL,
  updated_by uuid REFERENCES users,
  archived_at timestamptz(3),
  archive_reason text,
  sort_name text COLLATE "C" GENERATED ALWAYS AS (fold(name)) STORED NOT NULL,
  search text COLLATE "C" GENERATED ALWAYS AS (community_search(name, aliases, sitio, office_id)) STORED NOT NULL,
  CHECK ((latitude IS NULL) = (longitude IS NULL))
);
-- One index per sort; `archived_at IS NULL` is in nearly every query.
CREATE INDEX communities_by_name ON communities (sort_name, id) WHERE archived_at IS NULL;
CREATE INDEX communities_by_updated ON communities (updated_at, id) WHERE archived_at IS NULL;
-- Unknown populations come last in both directions.
CREATE INDEX communities_by_population ON communities (coalesce(population, 2147483647), id) WHERE archived_at IS NULL;
CREATE INDEX communities_by_population_down ON communities (coalesce(population, -1), id) WHERE archived_at IS NULL;
-- Filters that leave few rows, which are sorted afterwards; with many rows the index of the sort is walked. Only a province
-- is big enough to sort slowly and small enough to be found slowly. Narrow ones cost an import little.
CREATE INDEX communities_province ON communities (province_code, sort_name, id) WHERE archived_at IS NULL;
CREATE INDEX communities_region ON communities (region_code) WHERE archived_at IS NULL;
CREATE INDEX communities_city ON communities (city_code) WHERE archived_at IS NULL;
CREATE INDEX communities_barangay ON communities (barangay_code);
CREATE INDEX communities_status ON communities (status) WHERE archived_at IS NULL;
CREATE INDEX communities_group ON communities (primary_group) WHERE archived_at IS NULL;
CREATE INDEX communities_archived ON communities (sort_name, id) WHERE archived_at IS NOT NULL;
CREATE INDEX communities_search ON communities USING gin (search gin_trgm_ops);
CREATE INDEX communities_import ON communities (import_id) WHERE import_id IS NOT NULL;
CREATE INDEX communities_demo ON communities (id) WHERE demo;

ALTER TABLE user_communities ADD FOREIGN KEY (community_id) REFERENCES communities ON DELETE CASCADE;
ALTER TABLE user_places ADD FOREIGN KEY (place_code) REFERENCES places;

CREATE TABLE community_contacts (
  id uuid PRIMARY KEY,
  community_id uuid NOT NULL REFERENCES communities ON DELETE CASCADE,
  name text NOT NULL,
  role text NOT NULL,
  position text,
  phone text,
  email text,
  verified_on date,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  removed_at timestamptz
);
CREATE INDEX community_contacts_community ON community_contacts (community_id) WHERE removed_at IS NULL;
