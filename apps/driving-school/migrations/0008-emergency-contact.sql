-- Owner: server/students (students).

-- Three columns rather than JSON: each has its own limits, and a search or a report can use it.
ALTER TABLE students
  ADD COLUMN emergency_contact_name text CHECK (length(emergency_contact_name) BETWEEN 1 AND 100),
  -- E.164, North America.
  ADD COLUMN emergency_contact_telephone text CHECK (emergency_contact_telephone ~ '^\+1[2-9][0-9]{2}[2-9][0-9]{6}$'),
  ADD COLUMN emergency_contact_relation text CHECK (length(emergency_contact_relation) BETWEEN 1 AND 100),
  -- A contact has a name and a number, or there is none.
  ADD CONSTRAINT students_emergency_contact_whole CHECK (
    num_nulls(emergency_contact_name, emergency_contact_telephone) = 0
    OR num_nonnulls(emergency_contact_name, emergency_contact_telephone, emergency_contact_relation) = 0
  );
