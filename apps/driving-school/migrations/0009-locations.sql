-- Owner: server/locations (locations, rooms).

CREATE TABLE locations (
  id uuid PRIMARY KEY,
  school_id uuid NOT NULL REFERENCES schools (id),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  -- The name that the school chose, from the list of Ontario's zones in contract/zones.ts.
  time_zone text NOT NULL CHECK (length(time_zone) BETWEEN 1 AND 40),
  -- Minutes that instructors and cars stay busy after a lesson.
  buffer_minutes integer NOT NULL DEFAULT 15 CHECK (buffer_minutes BETWEEN 0 AND 240),
  street text CHECK (length(street) BETWEEN 1 AND 100),
  city text CHECK (length(city) BETWEEN 1 AND 100),
  postal_code text CHECK (postal_code ~ '^[A-Z][0-9][A-Z] [0-9][A-Z][0-9]$'),
  phone text CHECK (phone ~ '^\+1[2-9][0-9]{2}[2-9][0-9]{6}$'),
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'archived')),
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by uuid REFERENCES users (id),
  updated_at timestamptz NOT NULL DEFAULT now(),
  updated_by uuid REFERENCES users (id)
);

-- The first location of a school is the oldest active one: its zone is the zone of the school.
CREATE INDEX locations_school ON locations (school_id, created_at, id);
CREATE UNIQUE INDEX locations_name ON locations (school_id, lower(name)) WHERE status = 'active';

CREATE TABLE rooms (
  id uuid PRIMARY KEY,
  school_id uuid NOT NULL REFERENCES schools (id),
  location_id uuid NOT NULL REFERENCES locations (id),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  seats integer NOT NULL CHECK (seats BETWEEN 1 AND 200),
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'archived')),
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by uuid REFERENCES users (id),
  updated_at timestamptz NOT NULL DEFAULT now(),
  updated_by uuid REFERENCES users (id)
);

CREATE UNIQUE INDEX rooms_name ON rooms (location_id, lower(name)) WHERE status = 'active';
