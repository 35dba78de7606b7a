-- What can be found of a letter: names and all its text, packed and encrypted
-- with the mailbox's key. Ids are ordered by time of arrival.
CREATE TABLE search_text (
    message BLOB PRIMARY KEY,
    mailbox BIGINT NOT NULL,
    sealed  BLOB NOT NULL
) WITHOUT ROWID;

-- A mailbox's index is a row of segments, each of a run of its messages. What
-- lies behind the last one is not indexed yet.
CREATE TABLE search_segment (
    mailbox  BIGINT NOT NULL,
    number   BIGINT NOT NULL,
    first    BLOB NOT NULL,     -- message
    last     BLOB NOT NULL,     -- message; what arrived until then is here
    messages BIGINT NOT NULL,
    PRIMARY KEY (mailbox, number)
) WITHOUT ROWID;

-- The segments' content, encrypted with the mailbox's key.
CREATE TABLE search_block (
    mailbox BIGINT NOT NULL,
    number  BIGINT NOT NULL,    -- of the segment, times 2^24, and of the block in it
    sealed  BLOB NOT NULL,
    PRIMARY KEY (mailbox, number)
);

-- Messages whose place in the index is to be looked at again: changed, or gone
-- for good.
CREATE TABLE search_pending (
    mailbox BIGINT NOT NULL,
    gone    BOOLEAN NOT NULL,
    message BLOB NOT NULL,
    since   BIGINT NOT NULL,
    stamp   BLOB NOT NULL,      -- a new one for each change
    PRIMARY KEY (gone, mailbox, message)
) WITHOUT ROWID;

-- How far indexing has come in the letters of all mailboxes: their text is read
-- up to seen; up to sure they are settled, so that none can turn up late.
CREATE TABLE search_progress (
    id   BIGINT PRIMARY KEY,
    seen BLOB,
    sure BLOB
);
INSERT INTO search_progress (id) VALUES (1);
