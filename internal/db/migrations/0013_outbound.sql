-- E-mails that leave the house, each to one recipient. A row stays for some days
-- after the e-mail was sent, for it may come back.
CREATE TABLE email (
    id       BLOB PRIMARY KEY,       -- also in its Message-ID and, signed, in its return address
    mailbox  BIGINT NOT NULL,        -- who has the letter
    message  BLOB NOT NULL,          -- the letter whose documents go along
    sealed   BLOB NOT NULL,          -- recipient, comment, subject and language, encrypted
    state    TEXT NOT NULL,          -- WAITING, SENT, FAILED
    sending  BIGINT,                 -- since when it is on its way to the relay
    attempts BIGINT NOT NULL,
    reason   TEXT NOT NULL,          -- of the last failure, of our own wording
    created  BIGINT NOT NULL,
    ended    BIGINT                  -- when it was sent or had failed
) WITHOUT ROWID;
CREATE INDEX email_mailbox ON email (mailbox, created);
CREATE INDEX email_ended ON email (ended) WHERE ended IS NOT NULL;
