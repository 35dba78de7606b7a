-- Whom somebody has chosen as a Digital Post recipient, and what that one said. An
-- owner and a recipient have at most one row.
CREATE TABLE trustee (
    id        BLOB PRIMARY KEY,
    owner     BIGINT NOT NULL,      -- whose post is forwarded
    recipient BIGINT NOT NULL,      -- to whom
    said      BLOB NOT NULL,        -- name and e-mail address as the owner wrote them, encrypted for the owner
    state     TEXT NOT NULL,        -- ASKED, APPROVED, DECLINED
    expires   BIGINT,               -- the first moment after the last day, NULL for never
    created   BIGINT NOT NULL,
    updated   BIGINT NOT NULL,
    version   BIGINT NOT NULL,
    UNIQUE (owner, recipient)
);
CREATE INDEX trustee_recipient ON trustee (recipient);
