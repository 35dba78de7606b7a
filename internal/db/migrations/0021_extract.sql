-- Data extracts of companies' post: who asked, what was decided, what became of it.
CREATE TABLE extract (
    id           BLOB PRIMARY KEY,
    state        TEXT   NOT NULL,     -- SUBMITTED, APPROVED, READY, FETCHED, EXPIRED, REJECTED, WITHDRAWN
    applicant    BIGINT NOT NULL,     -- person
    organisation BIGINT NOT NULL,     -- in whose name, 0: as a private person
    platform     TEXT   NOT NULL,     -- where they were logged in
    mailbox      BIGINT NOT NULL,     -- whose post
    sealed       BLOB   NOT NULL,     -- what both sides wrote
    made         BIGINT NOT NULL,
    decided      BIGINT,
    decided_by   BIGINT NOT NULL,     -- person, 0 while it is open
    through      BLOB,                -- messages up to this one
    reached      BLOB,                -- and those up to this one are in its parts
    parts        BIGINT NOT NULL,
    letters      BIGINT NOT NULL,
    size         BIGINT NOT NULL,     -- bytes
    ends         BIGINT,              -- when what was not fetched is destroyed
    version      BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX extract_mailbox ON extract (mailbox, made);
CREATE INDEX extract_state ON extract (state, made);

-- The documents of a request.
CREATE TABLE extract_file (
    extract BLOB   NOT NULL,
    place   BIGINT NOT NULL,
    file    BLOB   NOT NULL,          -- a blob
    sealed  BLOB   NOT NULL,          -- its key, name and type
    PRIMARY KEY (extract, place)
) WITHOUT ROWID;

-- The files that are fetched, each once.
CREATE TABLE extract_part (
    extract BLOB   NOT NULL,
    place   BIGINT NOT NULL,
    file    BLOB,                     -- a blob, NULL once it is destroyed
    sealed  BLOB,                     -- its key, NULL as well
    size    BIGINT NOT NULL,
    letters BIGINT NOT NULL,
    claimed BIGINT,                   -- when bytes of it last left
    sent    BIGINT NOT NULL,          -- bytes that have left, from the first on
    PRIMARY KEY (extract, place)
) WITHOUT ROWID;
