-- Owner: server/courses (products, enrolments).

CREATE TABLE products (
  id uuid PRIMARY KEY,
  school_id uuid NOT NULL REFERENCES schools (id),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  kind text NOT NULL CHECK (kind IN ('bde', 'lesson_pack', 'single', 'fee')),
  -- In-vehicle time that the product contains, in minutes.
  in_vehicle_minutes integer CHECK (in_vehicle_minutes BETWEEN 0 AND 100000),
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'archived')),
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by uuid REFERENCES users (id),
  updated_at timestamptz NOT NULL DEFAULT now(),
  updated_by uuid REFERENCES users (id)
);

CREATE UNIQUE INDEX products_name ON products (school_id, lower(name)) WHERE status = 'active';

CREATE TABLE enrolments (
  id uuid PRIMARY KEY,
  school_id uuid NOT NULL REFERENCES schools (id),
  student_id uuid NOT NULL REFERENCES students (id),
  product_id uuid REFERENCES products (id),
  kind text NOT NULL CHECK (kind IN ('bde', 'lesson_pack')),
  rule_set_id uuid NOT NULL REFERENCES rule_sets (id),
  course_started_on date NOT NULL,
  -- The last day on which lessons count. Null for lesson packs.
  deadline_on date,
  in_vehicle_minutes_bought integer NOT NULL DEFAULT 0 CHECK (in_vehicle_minutes_bought BETWEEN 0 AND 100000),
  status text NOT NULL DEFAULT 'active'
    CHECK (status IN ('active', 'complete', 'certifiable', 'reported', 'confirmed', 'withdrawn', 'expired', 'transferred')),
  -- Why the student has left the course.
  status_reason text CHECK (length(status_reason) BETWEEN 1 AND 200),
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by uuid REFERENCES users (id),
  updated_at timestamptz NOT NULL DEFAULT now(),
  updated_by uuid REFERENCES users (id),
  CONSTRAINT enrolments_deadline CHECK (deadline_on >= course_started_on)
);

CREATE UNIQUE INDEX one_active_bde ON enrolments (student_id)
  WHERE kind = 'bde' AND status IN ('active', 'complete', 'certifiable');
CREATE INDEX enrolments_student ON enrolments (student_id, course_started_on);
CREATE INDEX enrolments_deadline ON enrolments (school_id, deadline_on) WHERE status = 'active';
