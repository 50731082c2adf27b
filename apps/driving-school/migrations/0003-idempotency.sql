-- Owner: server/platform/idempotency (idempotency_keys).

-- What a request with an Idempotency-Key was answered. Written in the transaction of the change itself: both are
-- there or neither is, so a repeated request finds out for certain whether the first one took effect.
CREATE TABLE idempotency_keys (
  school_id uuid NOT NULL REFERENCES schools (id),
  actor_id uuid NOT NULL REFERENCES users (id),
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
  -- HMAC-SHA-256 of operation and body: the same key for something else is refused. Keyed, because a body may hold
  -- a licence number.
  request_digest bytea NOT NULL CHECK (length(request_digest) = 32),
  -- json, not jsonb: the repeated answer has its members in the same order.
  answer json,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (school_id, actor_id, key)
);

CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
