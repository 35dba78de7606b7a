-- A right that an employee has asked for. It gives nothing: a rights administrator
-- answers, and an approval gives rights, elsewhere.
CREATE TABLE rights_request (
    id           BLOB PRIMARY KEY,
    mailbox      BIGINT NOT NULL,      -- the organisation whose post it is about
    organisation BIGINT NOT NULL,      -- whose employee asks
    person       BIGINT NOT NULL,      -- who asks
    relations    TEXT NOT NULL,        -- access.Relation, with a space between
    ends         BIGINT,               -- the first moment without them, NULL: never
    said         BLOB NOT NULL,        -- why, and what was answered, sealed
    state        TEXT NOT NULL,        -- SUBMITTED, APPROVED, REJECTED, REVOKED
    answered_by  BIGINT NOT NULL,      -- person, 0: nobody yet
    answered     BIGINT,
    created      BIGINT NOT NULL,
    updated      BIGINT NOT NULL,
    version      BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX rights_request_mailbox ON rights_request (mailbox, created);
CREATE INDEX rights_request_person ON rights_request (person, organisation);
CREATE UNIQUE INDEX rights_request_open ON rights_request (mailbox, person, organisation) WHERE state = 'SUBMITTED';

-- Changes of rights that somebody is shown before they are made: a list that was
-- read, or one change for many units. It is gone when it was made, or after a day.
CREATE TABLE rights_draft (
    id           BLOB PRIMARY KEY,
    person       BIGINT NOT NULL,      -- whose it is
    organisation BIGINT NOT NULL,      -- in whose name
    sealed       BLOB NOT NULL,
    created      BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX rights_draft_person ON rights_draft (person, created);
CREATE INDEX rights_draft_created ON rights_draft (created);

-- What an organisation was told of its rights administrators, so that it is told once.
CREATE TABLE rights_notice (
    mailbox BIGINT NOT NULL,
    ends    BIGINT NOT NULL,           -- when the last one's right ends, or since when there is none
    days    INTEGER NOT NULL,          -- before the end; 0: there is none
    PRIMARY KEY (mailbox, days, ends)
) WITHOUT ROWID;
