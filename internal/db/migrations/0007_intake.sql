-- What a sender has handed in, for saying the same to a repetition. The sender
-- is the organisation, so that two of its systems do not deliver a letter twice.
CREATE TABLE submission (
    message_uuid BLOB NOT NULL,
    sender       BIGINT NOT NULL,
    digest       BLOB NOT NULL,      -- tells whether it is the same letter again
    transmission BLOB NOT NULL,
    system       BIGINT NOT NULL,    -- which sent it first: it hears what becomes of it
    received     BIGINT NOT NULL,
    PRIMARY KEY (message_uuid, sender)
) WITHOUT ROWID;

-- Letters that wait for their date (doNotDeliverUntilDate).
CREATE TABLE held_letter (
    message_uuid BLOB NOT NULL,
    sender       BIGINT NOT NULL,
    system       BIGINT NOT NULL,
    transmission BLOB NOT NULL,
    deliver_at   BIGINT NOT NULL,
    sealed       BLOB NOT NULL,      -- the letter, encrypted; its files are blobs already
    PRIMARY KEY (message_uuid, sender)
) WITHOUT ROWID;

-- Mass mailings on their way through the bulk lane.
CREATE TABLE container (
    id           BLOB PRIMARY KEY,   -- also the transmission id
    system       BIGINT NOT NULL,
    body         BLOB NOT NULL,      -- the blob that holds it
    body_key     BLOB NOT NULL,      -- its key, encrypted
    received     BIGINT NOT NULL,
    handled      BIGINT NOT NULL,    -- entries whose outcome is on record
    finished     BIGINT,
    failure      TEXT NOT NULL       -- code of why the container itself could not be read to its end
) WITHOUT ROWID;
