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

-- How often somebody has given a name that a CPR number does not have, and how many
-- they have asked lately.
CREATE TABLE trustee_try (
    asker  BIGINT PRIMARY KEY,
    failed INTEGER NOT NULL,
    last   BIGINT NOT NULL,
    asked  INTEGER NOT NULL,        -- since
    since  BIGINT NOT NULL
) WITHOUT ROWID;
