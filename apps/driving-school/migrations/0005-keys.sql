-- Owner: server/platform/keys (installation, retained_keys).

-- One row. What the secret of this installation is recognized by; the secret itself can't be derived from it.
CREATE TABLE installation (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  secret_check bytea NOT NULL CHECK (length(secret_check) = 32)
);

-- Keys of a former secret that are still needed for a while, sealed with the present one.
CREATE TABLE retained_keys (
  purpose text NOT NULL CHECK (length(purpose) BETWEEN 1 AND 100),
  retired_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  sealed bytea NOT NULL,
  PRIMARY KEY (purpose, retired_at)
);
