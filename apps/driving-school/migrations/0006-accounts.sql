-- Owner: server/platform/auth (sessions, second_factors, recovery_codes).

-- Whether owners and operators need a second factor. They set it up at their next sign-in.
ALTER TABLE schools ADD COLUMN second_factor_required boolean NOT NULL DEFAULT false;

-- owner-recovery: made on the server for an owner who has lost password or second factor; using it turns the factor off.
ALTER TABLE one_time_links
  DROP CONSTRAINT one_time_links_purpose_check,
  ADD CONSTRAINT one_time_links_purpose_check
    CHECK (purpose IN ('owner', 'invited', 'new-password', 'owner-recovery'));

-- One row per sign-in. The cookie carries the id, sealed: knowing an id opens nothing.
CREATE TABLE sessions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- The person's session_epoch at sign-in: a later one ends this session.
  session_epoch integer NOT NULL,
  -- Browser and system, such as "Chrome on Windows". No address.
  device text NOT NULL CHECK (length(device) BETWEEN 1 AND 60),
  created_at timestamptz NOT NULL,
  -- When the person last did something, to the minute or so. Polling by an open page does not count.
  last_seen_at timestamptz NOT NULL,
  ended_at timestamptz
);

CREATE INDEX sessions_user ON sessions (user_id, created_at);

-- Authenticator apps (TOTP, RFC 6238). A row is there only once the person has proved that the app works.
CREATE TABLE second_factors (
  user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  -- AES-256-GCM, bound to the person: see totp-cipher.ts.
  secret_sealed bytea NOT NULL,
  -- The time step of the last accepted code. A code of this step or an earlier one is never accepted again.
  last_step bigint NOT NULL,
  -- Wrong codes since the last right one. Too many close the app's codes until a recovery code or a reset.
  wrong_codes integer NOT NULL DEFAULT 0,
  -- Salts the recovery codes.
  recovery_salt bytea NOT NULL CHECK (length(recovery_salt) = 16),
  enabled_at timestamptz NOT NULL
);

CREATE TABLE recovery_codes (
  user_id uuid NOT NULL REFERENCES second_factors (user_id) ON DELETE CASCADE,
  -- SHA-256 of salt and code. A code has 80 random bits, so a slow hash would add nothing.
  code_hash bytea NOT NULL CHECK (length(code_hash) = 32),
  used_at timestamptz,
  PRIMARY KEY (user_id, code_hash)
);
