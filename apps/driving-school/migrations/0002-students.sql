-- Owner: server/students (students).

CREATE TABLE students (
  -- UUID version 7, made by the application.
  id uuid PRIMARY KEY,
  school_id uuid NOT NULL REFERENCES schools (id),
  -- Absent for people with a single name.
  legal_given_names text CHECK (length(legal_given_names) BETWEEN 1 AND 100),
  legal_family_name text NOT NULL CHECK (length(legal_family_name) BETWEEN 1 AND 100),
  preferred_name text CHECK (length(preferred_name) BETWEEN 1 AND 100),
  birth_date date NOT NULL,
  email text CHECK (length(email) BETWEEN 3 AND 254),
  -- E.164, North America.
  phone text CHECK (phone ~ '^\+1[2-9][0-9]{2}[2-9][0-9]{6}$'),
  phone_extension text CHECK (phone_extension ~ '^[0-9]{1,6}$'),
  sms_capable text NOT NULL DEFAULT 'unknown' CHECK (sms_capable IN ('unknown', 'yes', 'no')),
  street text CHECK (length(street) BETWEEN 1 AND 100),
  city text CHECK (length(city) BETWEEN 1 AND 100),
  -- Present when there is an address.
  province text CHECK (province ~ '^[A-Z]{2}$'),
  postal_code text CHECK (postal_code ~ '^[A-Z][0-9][A-Z] [0-9][A-Z][0-9]$'),
  preferred_language text NOT NULL DEFAULT 'en' CHECK (preferred_language IN ('en', 'fr')),
  -- AES-256-GCM; the number itself is nowhere in clear, for its last six digits are the birth date.
  licence_number_sealed bytea,
  -- HMAC-SHA-256 with a key of its own: finds a number, and keeps it unique, without opening any.
  licence_number_digest bytea CHECK (length(licence_number_digest) = 32),
  licence_number_masked text CHECK (licence_number_masked ~ '^[A-Z][0-9]{4}-\*{5}-\*{5}$'),
  licence_class text NOT NULL DEFAULT 'none' CHECK (licence_class IN ('none', 'G1', 'G2', 'G')),
  licence_issued_on date,
  licence_expires_on date,
  -- Somebody has seen the card. No picture of it is kept.
  licence_sighted_on date,
  licence_sighted_by text CHECK (length(licence_sighted_by) BETWEEN 1 AND 100),
  instructor_id uuid REFERENCES users (id),
  notes text CHECK (length(notes) BETWEEN 1 AND 4000),
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'archived')),
  -- Family name and given names in small letters without accents. Compared byte by byte, so that the order of the list,
  -- and with it the cursor, is the same in every database.
  sort_name text COLLATE "C" NOT NULL,
  -- Words that a search may begin with: of the names, the e-mail address and the phone number.
  search_words tsvector NOT NULL,
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by uuid REFERENCES users (id),
  updated_at timestamptz NOT NULL DEFAULT now(),
  updated_by uuid REFERENCES users (id),
  CONSTRAINT students_licence_whole CHECK (
    num_nulls(licence_number_sealed, licence_number_digest, licence_number_masked) IN (0, 3)
  ),
  CONSTRAINT students_licence_dates CHECK (licence_expires_on > licence_issued_on),
  CONSTRAINT students_address_whole CHECK (province IS NOT NULL OR num_nonnulls(street, city, postal_code) = 0),
  CONSTRAINT students_extension_of_phone CHECK (phone_extension IS NULL OR phone IS NOT NULL)
);

-- Not over all schools: two schools may teach the same person.
CREATE UNIQUE INDEX students_licence_number ON students (school_id, licence_number_digest);
CREATE INDEX students_list ON students (school_id, sort_name, id);
CREATE INDEX students_of_instructor ON students (instructor_id, sort_name, id) WHERE instructor_id IS NOT NULL;
CREATE INDEX students_search ON students USING gin (search_words);
