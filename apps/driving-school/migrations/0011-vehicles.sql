-- Owner: server/vehicles (vehicles, outages).

CREATE TABLE vehicles (
  id uuid PRIMARY KEY,
  school_id uuid NOT NULL REFERENCES schools (id),
  location_id uuid REFERENCES locations (id),
  plate text NOT NULL CHECK (plate ~ '^[A-Z0-9 -]{1,10}$'),
  -- Make, model and colour, as the office says it.
  description text CHECK (length(description) BETWEEN 1 AND 100),
  transmission text NOT NULL DEFAULT 'automatic' CHECK (transmission IN ('automatic', 'manual')),
  dual_brake boolean NOT NULL DEFAULT true,
  insurance_expires_on date,
  -- Whether the policy has the endorsement OPCF 6D for driver training.
  insurance_6d boolean NOT NULL DEFAULT false,
  registration_expires_on date,
  safety_expires_on date,
  notes text CHECK (length(notes) BETWEEN 1 AND 4000),
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'archived')),
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by uuid REFERENCES users (id),
  updated_at timestamptz NOT NULL DEFAULT now(),
  updated_by uuid REFERENCES users (id)
);

CREATE UNIQUE INDEX vehicles_plate ON vehicles (school_id, replace(replace(plate, ' ', ''), '-', ''))
  WHERE status = 'active';

-- Times at which a vehicle can't be used, such as a repair.
CREATE TABLE outages (
  id uuid PRIMARY KEY,
  school_id uuid NOT NULL REFERENCES schools (id),
  vehicle_id uuid NOT NULL REFERENCES vehicles (id),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  reason text CHECK (length(reason) BETWEEN 1 AND 200),
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by uuid REFERENCES users (id),
  CONSTRAINT outages_order CHECK (ends_at > starts_at)
);

CREATE INDEX outages_vehicle ON outages (vehicle_id, starts_at);
