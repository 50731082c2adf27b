-- Owner: server/calendar (resource_claims, closed_days).

-- Who and what is busy, and when. Every lesson, class, time off and outage has its claims here, written in its own
-- transaction: the constraint decides, not a check before it.
CREATE TABLE resource_claims (
  school_id uuid NOT NULL REFERENCES schools (id),
  source_kind text NOT NULL CHECK (source_kind IN ('lesson', 'class_session', 'time_off', 'outage', 'road_test')),
  source_id uuid NOT NULL,
  resource_kind text NOT NULL CHECK (resource_kind IN ('student', 'instructor', 'vehicle', 'room')),
  resource_id uuid NOT NULL,
  -- Claims of instructors and vehicles end later than the lesson, by its buffer.
  during tstzrange NOT NULL CHECK (NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during)),
  active boolean NOT NULL DEFAULT true,
  PRIMARY KEY (source_kind, source_id, resource_kind, resource_id),
  CONSTRAINT resource_claims_no_overlap EXCLUDE USING gist (resource_id WITH =, during WITH &&) WHERE (active)
);

CREATE INDEX resource_claims_school ON resource_claims USING gist (school_id, during) WHERE active;

CREATE TABLE closed_days (
  id uuid PRIMARY KEY,
  school_id uuid NOT NULL REFERENCES schools (id),
  -- Null: all locations.
  location_id uuid REFERENCES locations (id),
  day date NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by uuid REFERENCES users (id)
);

CREATE UNIQUE INDEX closed_days_day ON closed_days (school_id, day, coalesce(location_id, '00000000-0000-0000-0000-000000000000'));
