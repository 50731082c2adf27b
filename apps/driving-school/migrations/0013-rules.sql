-- Owner: server/rules (rule_sets).

-- The numbers of the course rules, with the days from which they hold. An enrolment keeps the rules of its first day.
CREATE TABLE rule_sets (
  id uuid PRIMARY KEY,
  school_id uuid NOT NULL REFERENCES schools (id),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 40),
  effective daterange NOT NULL CHECK (NOT isempty(effective)),
  -- The shape is `RuleNumbers` in contract/booking/world.ts.
  rules jsonb NOT NULL CHECK (jsonb_typeof(rules) = 'object'),
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by uuid REFERENCES users (id),
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

-- From the first day of a school's rules on, every day has exactly one set: the exclusion constraint refuses overlaps,
-- this refuses gaps. Checked at commit, because a change ends one set and begins another.
CREATE FUNCTION refuse_rule_set_gap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM (
      SELECT upper(effective) AS ends, lead(lower(effective)) OVER (ORDER BY lower(effective)) AS next
      FROM rule_sets WHERE school_id = coalesce(NEW.school_id, OLD.school_id)
    ) AS days
    WHERE ends IS DISTINCT FROM next
  ) THEN
    RAISE EXCEPTION 'the rule sets of a school must follow each other without a gap'
      USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'rule_sets_no_gap';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER rule_sets_no_gap AFTER INSERT OR UPDATE OR DELETE ON rule_sets
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_rule_set_gap();
