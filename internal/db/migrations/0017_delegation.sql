-- What is offered or asked for between two people, and what was said to it. A row
-- is never a right: that lies with rights from the approval on.
CREATE TABLE access_request (
    id        BLOB PRIMARY KEY,
    owner     BIGINT NOT NULL,      -- whose post it is about
    helper    BIGINT NOT NULL,      -- who is to have access
    asker     BIGINT NOT NULL,      -- which of the two sent it
    relation  TEXT NOT NULL,        -- access.Relation
    extent    TEXT NOT NULL,        -- which rights are of one kind: 'public', 'senders'
    said      BLOB NOT NULL,        -- the other's name as the asker wrote it, encrypted for the asker
    state     TEXT NOT NULL,        -- SUBMITTED, APPROVED, REJECTED, REVOKED
    code      BLOB,                 -- hash of the code that approves it, NULL: none is needed
    tries     INTEGER NOT NULL,     -- wrong codes
    expires   BIGINT,               -- the first moment after the last day of the access, NULL: never
    answer_by BIGINT NOT NULL,      -- the first moment at which it is too late to answer
    privilege BLOB,                 -- the right that it became
    created   BIGINT NOT NULL,
    updated   BIGINT NOT NULL,
    version   BIGINT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX access_request_owner ON access_request (owner, helper, extent) WHERE state = 'SUBMITTED';
CREATE INDEX access_request_of ON access_request (owner, updated);
CREATE INDEX access_request_helper ON access_request (helper, updated);

-- Whose post an offer of chosen senders' post is about (ACC-15).
CREATE TABLE access_request_sender (
    request BLOB NOT NULL,
    sender  BIGINT NOT NULL,
    PRIMARY KEY (request, sender)
) WITHOUT ROWID;

-- What both sides have been told about the end of a right. A right that gets another
-- last day is told of anew.
CREATE TABLE access_notice (
    privilege BLOB NOT NULL,
    ends      BIGINT NOT NULL,
    days      INTEGER NOT NULL,     -- before the end; 0: it has ended
    PRIMARY KEY (privilege, ends, days)
) WITHOUT ROWID;

-- When an owner is next reminded to look through who has access to their post.
CREATE TABLE access_review (
    owner BIGINT PRIMARY KEY,
    due   BIGINT NOT NULL
) WITHOUT ROWID;
