CREATE TABLE organisations (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  acronym text,
  -- ministry, office, agency: the 44 MOAs of BARMM; the others stand outside it.
  type text NOT NULL CHECK (type IN ('ministry', 'office', 'agency', 'lgu', 'nga', 'civil_society', 'academe', 'donor', 'religious', 'other')),
  active boolean NOT NULL DEFAULT true,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX organisations_name ON organisations (fold(name));

-- The sixteen ministries, among which the Office of the Chief Minister counts, and the offices and agencies known by name.
INSERT INTO organisations (id, name, acronym, type, created_at, updated_at) VALUES
  (gen_random_uuid(), 'Office of the Chief Minister', 'OCM', 'ministry', now(), now()),
  (gen_random_uuid(), 'Ministry of Agriculture, Fisheries and Agrarian Reform', 'MAFAR', 'ministry', now(), now()),
  (gen_random_uuid(), 'Ministry of Basic, Higher and Technical Education', 'MBHTE', 'ministry', now(), now()),
  (gen_random_uuid(), 'Ministry of Environment, Natural Resources and Energy', 'MENRE', 'ministry', now(), now()),
  (gen_random_uuid(), 'Ministry of Finance, and Budget and Management', 'MFBM', 'ministry', now(), now()),
  (gen_random_uuid(), 'Ministry of Health', 'MOH', 'ministry', now(), now()),
  (gen_random_uuid(), 'Ministry of Human Settlements and Development', 'MHSD', 'ministry', now(), now()),
  (gen_random_uuid(), 'Ministry of Indigenous Peoples'' Affairs', 'MIPA', 'ministry', now(), now()),
  (gen_random_uuid(), 'Ministry of the Interior and Local Government', 'MILG', 'ministry', now(), now()),
  (gen_random_uuid(), 'Ministry of Labor and Employment', 'MOLE', 'ministry', now(), now()),
  (gen_random_uuid(), 'Ministry of Public Order and Safety', 'MPOS', 'ministry', now(), now()),
  (gen_random_uuid(), 'Ministry of Public Works', 'MPW', 'ministry', now(), now()),
  (gen_random_uuid(), 'Ministry of Science and Technology', 'MOST', 'ministry', now(), now()),
  (gen_random_uuid(), 'Ministry of Social Services and Development', 'MSSD', 'ministry', now(), now()),
  (gen_random_uuid(), 'Ministry of Trade, Investments and Tourism', 'MTIT', 'ministry', now(), now()),
  (gen_random_uuid(), 'Ministry of Transportation and Communications', 'MOTC', 'ministry', now(), now()),
  (gen_random_uuid(), 'Bangsamoro Planning and Development Authority', 'BPDA', 'agency', now(), now()),
  (gen_random_uuid(), 'Bangsamoro Board of Investments', 'BBOI', 'agency', now(), now()),
  (gen_random_uuid(), 'Bangsamoro Information Office', 'BIO', 'office', now(), now()),
  (gen_random_uuid(), 'Bangsamoro Information and Communications Technology Office', 'BICTO', 'office', now(), now()),
  (gen_random_uuid(), 'Office for Settler Communities', 'OSC', 'office', now(), now()),
  (gen_random_uuid(), 'Bangsamoro Pilgrimage Authority', 'BPA', 'agency', now(), now()),
  (gen_random_uuid(), 'Development Academy of the Bangsamoro', 'DAB', 'agency', now(), now()),
  (gen_random_uuid(), 'Bangsamoro Darul-Ifta''', 'BDI', 'office', now(), now()),
  (gen_random_uuid(), 'Cooperative and Social Enterprise Authority', 'CSEA', 'agency', now(), now()),
  (gen_random_uuid(), 'Bangsamoro Women Commission', 'BWC', 'agency', now(), now()),
  (gen_random_uuid(), 'Bangsamoro Youth Commission', 'BYC', 'agency', now(), now()),
  (gen_random_uuid(), 'Bangsamoro Commission for the Preservation of Cultural Heritage', 'BCPCH', 'agency', now(), now()),
  (gen_random_uuid(), 'Bangsamoro Sports Commission', 'BSC', 'agency', now(), now()),
  (gen_random_uuid(), 'Bangsamoro Human Rights Commission', 'BHRC', 'agency', now(), now()),
  (gen_random_uuid(), 'Bangsamoro Attorney-General''s Office', 'BAGO', 'office', now(), now()),
  (gen_random_uuid(), 'Office of the Wali', NULL, 'office', now(), now());

CREATE TABLE users (
  id uuid PRIMARY KEY,
  -- Lower case.
  email text NOT NULL UNIQUE CHECK (email = lower(email)),
  name text NOT NULL,
  password_hash text,
  role text NOT NULL,
  team text,
  organisation_id uuid REFERENCES organisations,
  position text,
  phone text,
  -- What the person wrote when asking for the account.
  note text,
  language text NOT NULL DEFAULT 'en',
  -- requested → endorsed (ministries only) → active; refused and inactive end it; invited waits for the person.
  state text NOT NULL CHECK (state IN ('invited', 'requested', 'endorsed', 'active', 'refused', 'inactive')),
  state_reason text,
  endorsed_by uuid REFERENCES users,
  endorsed_at timestamptz,
  approved_by uuid REFERENCES users,
  approved_at timestamptz,
  totp_secret text,
  totp_confirmed_at timestamptz,
  -- Last 30 s step accepted: a code works once.
  totp_last_step bigint,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  last_sign_in_at timestamptz
);
CREATE INDEX users_state ON users (state, created_at);
CREATE INDEX users_organisation ON users (organisation_id);
CREATE INDEX users_by_name ON users (fold(name), id);

-- Rows that the scopes `places` and `communities` reach.
CREATE TABLE user_places (
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  place_code text NOT NULL,
  PRIMARY KEY (user_id, place_code)
);
CREATE TABLE user_communities (
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  community_id uuid NOT NULL,
  PRIMARY KEY (user_id, community_id)
);

-- A permission given to, or taken from, one person.
CREATE TABLE user_grants (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  permission text NOT NULL,
  effect text NOT NULL CHECK (effect IN ('allow', 'deny')),
  scope text,
  reason text NOT NULL,
  expires_at timestamptz,
  created_by uuid REFERENCES users,
  created_at timestamptz NOT NULL,
  UNIQUE (user_id, permission)
);

-- Settings of a role that administrators change; the permissions themselves stand in the catalogue.
CREATE TABLE role_settings (
  role text PRIMARY KEY,
  demands_two_factor boolean NOT NULL DEFAULT false,
  updated_by uuid REFERENCES users,
  updated_at timestamptz NOT NULL
);

CREATE TABLE recovery_codes (
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  code_hash text NOT NULL,
  used_at timestamptz,
  PRIMARY KEY (user_id, code_hash)
);

-- The cookie holds a random token; only its SHA-256 is kept.
CREATE TABLE sessions (
  id uuid PRIMARY KEY,
  token_hash bytea NOT NULL UNIQUE,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  -- false until the second factor was given.
  complete boolean NOT NULL,
  created_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  address text,
  user_agent text
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE api_tokens (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  name text NOT NULL,
  token_hash bytea NOT NULL UNIQUE,
  -- Permissions the token carries, never more than its owner has at the moment of use.
  permissions text[] NOT NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz
);
CREATE INDEX api_tokens_user ON api_tokens (user_id);

-- Links sent by mail, each good for one use: invitation, password reset.
CREATE TABLE mail_links (
  token_hash bytea PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  purpose text NOT NULL CHECK (purpose IN ('invitation', 'password_reset')),
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX mail_links_user ON mail_links (user_id);

-- Failed tries per account name and per address; the delay grows with them.
CREATE TABLE throttles (
  key text PRIMARY KEY,
  failures integer NOT NULL,
  last_failure_at timestamptz NOT NULL,
  blocked_until timestamptz
);
