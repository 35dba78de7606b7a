-- A right in force: of one person to one mailbox, from its first to its last day.
-- One that was ended is not here, so that nothing can bring it back; the log
-- remembers it. What is only offered or asked for is a request, elsewhere.
CREATE TABLE privilege (
    id           BLOB PRIMARY KEY,
    mailbox      BIGINT NOT NULL,         -- 0: a role of staff, at every mailbox
    holder       BIGINT NOT NULL,         -- person
    organisation BIGINT NOT NULL,         -- in whose name it is used, 0: as a private person
    relation     TEXT NOT NULL,           -- access.Relation
    source       TEXT NOT NULL,           -- the platform of a right to private post, '' for others
    origin       TEXT NOT NULL,           -- the API's privilege source
    begins       BIGINT,
    ends         BIGINT,                  -- the first moment without it, NULL: never
    given_by     BIGINT NOT NULL,         -- person, 0: the program
    used         BIGINT,                  -- the day it was last used
    created      BIGINT NOT NULL,
    updated      BIGINT NOT NULL,
    version      BIGINT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX privilege_mailbox ON privilege (mailbox, holder, organisation, relation, source);
CREATE INDEX privilege_holder ON privilege (holder, organisation);
CREATE INDEX privilege_ends ON privilege (ends) WHERE ends IS NOT NULL;

-- Whose post a right to chosen senders' post reaches (ACC-15).
CREATE TABLE privilege_sender (
    privilege BLOB NOT NULL,
    sender    BIGINT NOT NULL,
    PRIMARY KEY (privilege, sender)
) WITHOUT ROWID;

-- A company's groups: every member has every right of the group.
CREATE TABLE identity_group (
    id           BLOB PRIMARY KEY,
    organisation BIGINT NOT NULL,         -- whose employees they are
    name         TEXT NOT NULL,
    created      BIGINT NOT NULL,
    updated      BIGINT NOT NULL,
    version      BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX identity_group_organisation ON identity_group (organisation);

CREATE TABLE identity_grantee (
    id             BLOB PRIMARY KEY,
    identity_group BLOB NOT NULL,
    organisation   BIGINT NOT NULL,       -- the group's
    person         BIGINT NOT NULL,
    created        BIGINT NOT NULL,
    version        BIGINT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX identity_grantee_group ON identity_grantee (identity_group, person);
CREATE INDEX identity_grantee_person ON identity_grantee (person, organisation);

CREATE TABLE identity_privilege (
    id             BLOB PRIMARY KEY,
    identity_group BLOB NOT NULL,
    mailbox        BIGINT NOT NULL,
    relation       TEXT NOT NULL,         -- access.Relation
    begins         BIGINT,
    ends           BIGINT,
    given_by       BIGINT NOT NULL,
    created        BIGINT NOT NULL,
    version        BIGINT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX identity_privilege_group ON identity_privilege (identity_group, mailbox, relation);
CREATE INDEX identity_privilege_mailbox ON identity_privilege (mailbox);
