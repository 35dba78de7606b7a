-- What liquidators, curators, estate administrators, heirs, former owners and a
-- company's new rights administrator apply for, and what became of it. The right that was given lies in privilege.
CREATE TABLE appointment (
    id           BLOB PRIMARY KEY,
    relation     TEXT   NOT NULL,     -- access.Relation
    state        TEXT   NOT NULL,     -- DRAFT, SUBMITTED, APPROVED, REJECTED, WITHDRAWN, ENDED
    applicant    BIGINT NOT NULL,     -- person
    organisation BIGINT NOT NULL,     -- in whose name, 0: as a private person
    mailbox      BIGINT NOT NULL,     -- whose post
    privilege    BLOB,                -- the right, while it was not ended here
    sealed       BLOB   NOT NULL,     -- what both sides wrote
    made         BIGINT NOT NULL,
    decided      BIGINT,
    decided_by   BIGINT NOT NULL,     -- person, 0 while it is open
    version      BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX appointment_applicant ON appointment (applicant, organisation);
CREATE INDEX appointment_state ON appointment (state, made);

-- The documents of an application.
CREATE TABLE appointment_file (
    appointment BLOB   NOT NULL,
    place       BIGINT NOT NULL,
    file        BLOB,                 -- a blob; NULL while it has not come, of a DRAFT
    sealed      BLOB   NOT NULL,      -- its key, name, type and kind
    PRIMARY KEY (appointment, place)
) WITHOUT ROWID;
