-- Owner: server/instructors (instructors, instructor_hours, time_off).

-- Exclusion constraints compare ids as well as ranges.
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- What the school knows of a user with the role instructor besides the name. A user without a row has no licence on
-- record and cannot be booked.
CREATE TABLE instructors (
  id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  school_id uuid NOT NULL REFERENCES schools (id),
  -- Of the driving instructor's licence.
  licence_number text CHECK (licence_number ~ '^[A-Za-z0-9-]{1,20}$'),
  licence_expires_on date,
  phone text CHECK (phone ~ '^\+1[2-9][0-9]{2}[2-9][0-9]{6}$'),
  -- Both days included. An open end is null.
  contract_from date,
  contract_to date,
  transmissions text NOT NULL DEFAULT 'both' CHECK (transmissions IN ('automatic', 'manual', 'both')),
  notes text CHECK (length(notes) BETWEEN 1 AND 4000),
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by uuid REFERENCES users (id),
  updated_at timestamptz NOT NULL DEFAULT now(),
  updated_by uuid REFERENCES users (id),
  CONSTRAINT instructors_contract CHECK (contract_to >= contract_from)
);

CREATE INDEX instructors_school ON instructors (school_id);

CREATE TABLE instructor_hours (
  school_id uuid NOT NULL REFERENCES schools (id),
  instructor_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- 1 is Monday, 7 Sunday.
  weekday integer NOT NULL CHECK (weekday BETWEEN 1 AND 7),
  -- Minutes of the wall clock since midnight: [480,1080) is 08:00 to 18:00.
  minutes int4range NOT NULL CHECK (NOT isempty(minutes) AND lower(minutes) >= 0 AND upper(minutes) <= 1440),
  -- Calendar days; open ends are infinite.
  valid daterange NOT NULL DEFAULT daterange(NULL, NULL) CHECK (NOT isempty(valid)),
  CONSTRAINT instructor_hours_no_overlap EXCLUDE USING gist (
    instructor_id WITH =, weekday WITH =, minutes WITH &&, valid WITH &&
  )
);

CREATE INDEX instructor_hours_instructor ON instructor_hours (instructor_id);

CREATE TABLE time_off (
  id uuid PRIMARY KEY,
  school_id uuid NOT NULL REFERENCES schools (id),
  instructor_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  reason text CHECK (length(reason) BETWEEN 1 AND 200),
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by uuid REFERENCES users (id),
  CONSTRAINT time_off_order CHECK (ends_at > starts_at)
);

CREATE INDEX time_off_instructor ON time_off (instructor_id, starts_at);
