-- Philippine Standard Geographic Code (PSA), ten digits. The tree is today's; earlier parents and successions are dated below.
-- Every period runs from its first day to the day before `until`. A null date is one we could not find a source for.
CREATE TABLE places (
  code text PRIMARY KEY CHECK (code ~ '^\d{10}$'),
  name text NOT NULL,
  level text NOT NULL CHECK (level IN ('region', 'province', 'city', 'barangay')),
  kind text NOT NULL,
  parent_code text REFERENCES places,
  -- The place's own ancestors or itself; a highly urbanised or independent city has no province.
  -- The city of a barangay of Manila is Manila; the district between them is its parent.
  region_code text NOT NULL,
  province_code text,
  city_code text,
  valid_from date,
  valid_until date
);
CREATE INDEX places_parent ON places (parent_code);
CREATE INDEX places_region ON places (region_code) WHERE level IN ('province', 'city');
CREATE INDEX places_province ON places (province_code);
CREATE INDEX places_city ON places (city_code);

CREATE TABLE place_aliases (
  place_code text NOT NULL REFERENCES places,
  alias text NOT NULL,
  source text NOT NULL,
  PRIMARY KEY (place_code, alias)
);

CREATE TABLE place_successions (
  predecessor_code text NOT NULL REFERENCES places,
  successor_code text NOT NULL REFERENCES places,
  on_date date NOT NULL,
  source text NOT NULL,
  PRIMARY KEY (predecessor_code, successor_code)
);

-- Parents a place had before today's.
CREATE TABLE place_former_parents (
  place_code text NOT NULL REFERENCES places,
  parent_code text NOT NULL REFERENCES places,
  valid_from date,
  valid_until date NOT NULL,
  source text NOT NULL,
  PRIMARY KEY (place_code, valid_until)
);

-- Membership of the Bangsamoro Autonomous Region. Upwards from a place, the first one with rows here decides.
CREATE TABLE barmm_memberships (
  place_code text NOT NULL REFERENCES places,
  from_date date NOT NULL,
  until_date date,
  source text NOT NULL,
  PRIMARY KEY (place_code, from_date)
);
