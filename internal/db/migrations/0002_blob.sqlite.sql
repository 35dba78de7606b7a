-- Document bytes, encrypted. They lie in inline; or in a segment file from
-- position on; or, where both are NULL, in an object of their own named by id.
-- The table keeps its rowid: with rows of kilobytes an index beside it is faster
-- than WITHOUT ROWID, to insert (31 against 40 us) and to find (15 against 27 us).
CREATE TABLE blob (
	id       BLOB   PRIMARY KEY,
	size     BIGINT NOT NULL, -- before encryption
	segment  BIGINT,
	position BIGINT,
	inline   BLOB
);

-- What of a segment is in use, for sweeping; it grows at its end only.
CREATE INDEX blob_segment ON blob (segment, position, size) WHERE segment IS NOT NULL;
