-- Owner: server/platform/audit (audit_entries).

-- Who did what to whom, written in the transaction of the change itself. No foreign keys: an entry outlives the
-- person and the student it names. No personal data: ids only, names are looked up when the log is read.
CREATE TABLE audit_entries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  school_id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Absent for what nobody signed in has done, such as a command on the server.
  actor_id uuid,
  action text NOT NULL CHECK (action ~ '^[a-z_]{1,40}\.[a-z_]{1,40}$'),
  subject_kind text NOT NULL CHECK (subject_kind ~ '^[a-z_]{1,40}$'),
  subject_id text NOT NULL CHECK (length(subject_id) BETWEEN 1 AND 100),
  -- Joins the entry with the log lines of the request. Absent outside of requests.
  correlation_id text CHECK (length(correlation_id) BETWEEN 1 AND 64),
  detail jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(detail) = 'object' AND pg_column_size(detail) <= 2000)
);

CREATE INDEX audit_entries_school ON audit_entries (school_id, id);
CREATE INDEX audit_entries_actor ON audit_entries (actor_id, id);
CREATE INDEX audit_entries_subject ON audit_entries (subject_id, id);

-- Protects against mistakes of the application. A database administrator can still drop the trigger.
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit_entries is append-only: % is refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
