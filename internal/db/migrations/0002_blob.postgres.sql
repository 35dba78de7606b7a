-- Document bytes, encrypted. They lie in inline; or in a segment file from
-- position on; or, where both are NULL, in an object of their own named by id.
CREATE TABLE blob (
	id       BYTEA  PRIMARY KEY,
	size     BIGINT NOT NULL, -- before encryption
	segment  BIGINT,
	position BIGINT,
	inline   BYTEA
);

-- Encrypted bytes do not compress: do not try.
ALTER TABLE blob ALTER COLUMN inline SET STORAGE EXTERNAL;

-- What of a segment is in use, for sweeping; it grows at its end only.
CREATE INDEX blob_segment ON blob (segment, position, size) WHERE segment IS NOT NULL;
