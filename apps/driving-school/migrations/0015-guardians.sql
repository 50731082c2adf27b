-- Owner: server/guardians (guardians, student_guardians).

CREATE TABLE guardians (
  id uuid PRIMARY KEY,
  school_id uuid NOT NULL REFERENCES schools (id),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  email text CHECK (length(email) BETWEEN 3 AND 254),
  phone text CHECK (phone ~ '^\+1[2-9][0-9]{2}[2-9][0-9]{6}$'),
  phone_extension text CHECK (phone_extension ~ '^[0-9]{1,6}$'),
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by uuid REFERENCES users (id),
  updated_at timestamptz NOT NULL DEFAULT now(),
  updated_by uuid REFERENCES users (id)
);

CREATE TABLE student_guardians (
  school_id uuid NOT NULL REFERENCES schools (id),
  student_id uuid NOT NULL REFERENCES students (id) ON DELETE CASCADE,
  guardian_id uuid NOT NULL REFERENCES guardians (id) ON DELETE CASCADE,
  -- Such as mother, father or legal guardian.
  relation text CHECK (length(relation) BETWEEN 1 AND 100),
  is_primary boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (student_id, guardian_id)
);

CREATE UNIQUE INDEX one_primary_guardian ON student_guardians (student_id) WHERE is_primary;
CREATE INDEX student_guardians_guardian ON student_guardians (guardian_id);
