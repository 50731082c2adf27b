-- Owner: server/students (students).

-- Postal codes are found by a search, whole and by halves. New rows get these words from the application.
UPDATE students
SET search_words = search_words || array_to_tsvector(ARRAY[
  lower(replace(postal_code, ' ', '')),
  lower(split_part(postal_code, ' ', 1)),
  lower(split_part(postal_code, ' ', 2))
])
WHERE postal_code IS NOT NULL;

-- The list can be ordered by these too, newest first.
CREATE INDEX students_list_updated ON students (school_id, updated_at, id);
CREATE INDEX students_list_created ON students (school_id, created_at, id);
