-- Owner: server/platform/auth (schools, users, one_time_links).

CREATE TABLE schools (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  school_id uuid NOT NULL REFERENCES schools (id),
  role text NOT NULL CHECK (role IN ('owner', 'office', 'instructor', 'operator')),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
  -- Lower case. Absent only for an owner who has not used the first link yet.
  email text CHECK (email = lower(email) AND length(email) BETWEEN 3 AND 254),
  -- argon2id in PHC form; absent until the person has chosen a password.
  password_hash text,
  disabled boolean NOT NULL DEFAULT false,
  -- Raised when role or password change or the person is disabled: cookies that carry an older number end.
  session_epoch integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX users_email ON users (email);
CREATE INDEX users_school ON users (school_id);

-- What other parts of the application may read of a person: nothing that opens a door.
CREATE VIEW people AS
  SELECT id, school_id, role, name, email, disabled FROM users;

CREATE TABLE one_time_links (
  -- SHA-256 of the token. The token itself is shown once and kept nowhere.
  token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
  user_id uuid NOT NULL REFERENCES users (id),
  purpose text NOT NULL CHECK (purpose IN ('owner', 'invited', 'new-password')),
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX one_time_links_user ON one_time_links (user_id);

-- Every installation begins with one school and its owner, who has no password: nobody can sign in
-- until the one-time link that the first start prints has been used.
WITH school AS (INSERT INTO schools (name) VALUES ('Driving school') RETURNING id)
INSERT INTO users (school_id, role, name) SELECT id, 'owner', 'Owner' FROM school;
