-- Owner: server/lessons (lessons, lesson_plans, lesson_steps).

-- A set of lessons that was booked in one step.
CREATE TABLE lesson_plans (
  id uuid PRIMARY KEY,
  school_id uuid NOT NULL REFERENCES schools (id),
  enrolment_id uuid NOT NULL REFERENCES enrolments (id),
  -- The wishes that the plan was made from.
  wishes jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by uuid REFERENCES users (id)
);

CREATE TABLE lessons (
  id uuid PRIMARY KEY,
  school_id uuid NOT NULL REFERENCES schools (id),
  -- Such as L-7K3F: read aloud and typed. No 0, O, 1 or I.
  short_code text NOT NULL CHECK (short_code ~ '^L-[2-9A-HJ-NP-Z]{4,6}$'),
  student_id uuid NOT NULL REFERENCES students (id),
  enrolment_id uuid REFERENCES enrolments (id),
  instructor_id uuid NOT NULL REFERENCES users (id),
  vehicle_id uuid REFERENCES vehicles (id),
  location_id uuid NOT NULL REFERENCES locations (id),
  type text NOT NULL CHECK (type IN ('bde_in_vehicle', 'private', 'road_test')),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  time_zone text NOT NULL,
  -- The calendar day of the start in the time zone.
  local_date date NOT NULL,
  buffer_after_minutes integer NOT NULL CHECK (buffer_after_minutes BETWEEN 0 AND 240),
  -- The lesson that begins where this one ends, with the same instructor and car.
  relay_next_id uuid UNIQUE REFERENCES lessons (id),
  status text NOT NULL DEFAULT 'booked' CHECK (status IN ('booked', 'cancelled', 'done', 'no_show')),
  status_reason text CHECK (length(status_reason) BETWEEN 1 AND 200),
  -- When the school heard of the cancellation.
  cancelled_notice_at timestamptz,
  pickup text CHECK (length(pickup) BETWEEN 1 AND 200),
  drop_off text CHECK (length(drop_off) BETWEEN 1 AND 200),
  notes text CHECK (length(notes) BETWEEN 1 AND 4000),
  -- Of a road test: the number of the booking at DriveTest, and the last instant at which it can be cancelled.
  reference_number text CHECK (length(reference_number) BETWEEN 1 AND 40),
  cancel_by timestamptz,
  plan_id uuid REFERENCES lesson_plans (id),
  -- Grows with every change that calendar programs must notice (RFC 5545, SEQUENCE).
  ics_sequence integer NOT NULL DEFAULT 0,
  overrides jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(overrides) = 'array'),
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by uuid REFERENCES users (id),
  updated_at timestamptz NOT NULL DEFAULT now(),
  updated_by uuid REFERENCES users (id),
  CONSTRAINT lessons_length CHECK (ends_at > starts_at AND ends_at - starts_at <= interval '8 hours')
);

-- Also finds the beginnings of codes, whatever the database's collation is.
CREATE UNIQUE INDEX lessons_short_code ON lessons (school_id, short_code text_pattern_ops);
CREATE INDEX lessons_day ON lessons (school_id, local_date, starts_at);
CREATE INDEX lessons_student ON lessons (student_id, starts_at);
CREATE INDEX lessons_instructor ON lessons (instructor_id, starts_at);
CREATE INDEX lessons_vehicle ON lessons (vehicle_id, starts_at) WHERE vehicle_id IS NOT NULL;
CREATE INDEX lessons_enrolment ON lessons (enrolment_id) WHERE enrolment_id IS NOT NULL;
CREATE INDEX lessons_plan ON lessons (plan_id) WHERE plan_id IS NOT NULL;

-- What each change of a lesson replaced, for undo. Dated by the application's clock.
CREATE TABLE lesson_steps (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  school_id uuid NOT NULL REFERENCES schools (id),
  lesson_id uuid NOT NULL REFERENCES lessons (id) ON DELETE CASCADE,
  -- The version of the lesson that the change made.
  version integer NOT NULL,
  at timestamptz NOT NULL,
  actor_id uuid REFERENCES users (id),
  action text NOT NULL CHECK (action IN ('created', 'moved', 'cancelled', 'undone')),
  -- The lesson's columns before the change; null for a new lesson.
  before jsonb,
  UNIQUE (lesson_id, version)
);
