-- Owner: server/rules (rule_sets).

-- The numbers of the course rules, with the days from which they hold. An enrolment keeps the rules of its first day.
CREATE TABLE rule_sets (
  id uuid PRIMARY KEY,
  school_id uuid NOT NULL REFERENCES schools (id),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
  effective daterange NOT NULL CHECK (NOT isempty(effective)),
  -- The shape is `RuleNumbers` in contract/booking/world.ts.
  rules jsonb NOT NULL CHECK (jsonb_typeof(rules) = 'object'),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT rule_sets_no_overlap EXCLUDE USING gist (school_id WITH =, effective WITH &&)
);

-- The numbers of the beginner driver education course as schools in Ontario teach it in 2024. Data, so that a school can
-- follow the ministry when it changes them.
INSERT INTO rule_sets (id, school_id, name, effective, rules)
SELECT gen_random_uuid(), id, 'bde-2024', daterange('2000-01-01', NULL), '{
  "in_vehicle_day_cap_minutes": 120,
  "in_vehicle_class_day_cap_minutes": 60,
  "student_age_min": 16,
  "g1_from_minute": 300,
  "g1_to_minute": 1440,
  "deadline_near_days": 14,
  "in_vehicle_minutes": 600,
  "classroom_minutes": 1200,
  "flexible_minutes": 600
}'
FROM schools;
