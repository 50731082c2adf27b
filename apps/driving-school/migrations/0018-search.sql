-- Owner: server/students (students).

-- Searches that forgive typing errors compare names by their groups of three letters.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE INDEX students_similar_name ON students USING gin (sort_name gin_trgm_ops);
