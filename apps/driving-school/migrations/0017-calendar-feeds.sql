-- Owner: server/feeds (calendar_feeds).

-- Links with which calendar programs read the lessons of one instructor.
CREATE TABLE calendar_feeds (
  id uuid PRIMARY KEY,
  school_id uuid NOT NULL REFERENCES schools (id),
  instructor_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- SHA-256 of the token in the link, which is shown once and kept nowhere.
  token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by uuid REFERENCES users (id),
  revoked_at timestamptz
);

CREATE INDEX calendar_feeds_instructor ON calendar_feeds (instructor_id) WHERE revoked_at IS NULL;
