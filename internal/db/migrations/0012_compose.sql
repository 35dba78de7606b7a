-- What of a draft only those who write it see, beside its message: whom it is to,
-- the text as it is edited, its files.
CREATE TABLE draft (
    mailbox BIGINT NOT NULL,
    message BLOB NOT NULL,
    sealed  BLOB NOT NULL,
    PRIMARY KEY (mailbox, message)
) WITHOUT ROWID;

-- A file of a draft that has not come whole.
CREATE TABLE upload (
    id       BLOB PRIMARY KEY,
    mailbox  BIGINT NOT NULL,
    message  BLOB NOT NULL,          -- the draft
    received BIGINT NOT NULL,        -- bytes that are stored, from the first
    touched  BIGINT NOT NULL         -- when anything last came
) WITHOUT ROWID;
CREATE INDEX upload_message ON upload (mailbox, message);
CREATE INDEX upload_touched ON upload (touched);

-- What has come of it, piece by piece.
CREATE TABLE upload_part (
    upload   BLOB NOT NULL,
    position BIGINT NOT NULL,        -- of its first byte in the file
    blob     BLOB NOT NULL,
    sealed   BLOB NOT NULL,          -- the blob's key
    PRIMARY KEY (upload, position)
) WITHOUT ROWID;

-- Whom a message was sent to, and what became of it there.
CREATE TABLE sent (
    mailbox   BIGINT NOT NULL,
    message   BLOB NOT NULL,
    place     BIGINT NOT NULL,       -- among its recipients, from 0
    way       TEXT NOT NULL,         -- AUTHORITY, RECIPIENT, EMAIL
    sealed    BLOB NOT NULL,         -- the name, or the e-mail address
    recipient BIGINT,                -- party
    delivered BLOB,                  -- the message in the recipient's mailbox
    email     BLOB,                  -- the e-mail
    system    BOOLEAN NOT NULL,      -- a recipient system gets it
    handed    BIGINT,                -- when the system, or the mail relay, got it
    ended     BIGINT,                -- when the system took or refused it
    code      TEXT NOT NULL,         -- why it was refused, '' for not
    PRIMARY KEY (mailbox, message, place)
) WITHOUT ROWID;
CREATE INDEX sent_delivered ON sent (recipient, delivered) WHERE delivered IS NOT NULL;
CREATE INDEX sent_email ON sent (email) WHERE email IS NOT NULL;
