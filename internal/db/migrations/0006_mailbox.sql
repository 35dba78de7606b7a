-- A mailbox has the id of the party that owns it.
CREATE TABLE mailbox (
    id       BIGINT PRIMARY KEY,
    uuid     BLOB NOT NULL UNIQUE,
    sealed   BLOB NOT NULL,          -- the mailbox's own key, encrypted
    modseq   BIGINT NOT NULL,        -- raised by every change in the mailbox
    created  BIGINT NOT NULL,
    accessed BIGINT                  -- when it was last opened
) WITHOUT ROWID;

-- Folders 1 to 4 are the inbox, drafts, sent and deleted post of every mailbox.
CREATE TABLE folder (
    mailbox BIGINT NOT NULL,
    id      BIGINT NOT NULL,
    uuid    BLOB NOT NULL,
    parent  BIGINT,
    type    TEXT NOT NULL,           -- the API's FolderType
    name    TEXT NOT NULL,           -- '' for folders 1 to 4: named in the reader's language
    modseq  BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    PRIMARY KEY (mailbox, id)
) WITHOUT ROWID;

-- How many messages lie in a folder, for each source by itself: private post is
-- not counted on another platform (MBX-09).
CREATE TABLE folder_count (
    mailbox BIGINT NOT NULL,
    folder  BIGINT NOT NULL,
    source  TEXT NOT NULL,           -- public, or a platform's private post
    total   BIGINT NOT NULL,
    unread  BIGINT NOT NULL,
    PRIMARY KEY (mailbox, folder, source)
) WITHOUT ROWID;

-- All that a list of messages shows. Ids are ordered by time of arrival.
CREATE TABLE message (
    mailbox     BIGINT NOT NULL,
    id          BLOB NOT NULL,
    folder      BIGINT NOT NULL,
    source      TEXT NOT NULL,
    state       TEXT NOT NULL,       -- the API's MessageState
    type        TEXT NOT NULL,       -- the API's MessageType
    memo        BLOB NOT NULL,       -- MeMo's messageUUID
    received    BIGINT NOT NULL,
    label       TEXT NOT NULL,
    sender      BIGINT NOT NULL,     -- party
    sender_name TEXT NOT NULL,       -- as the letter says
    sender_kind TEXT NOT NULL,       -- the API's AuthorityType, '' for a company or a person
    read        BOOLEAN NOT NULL,
    flag        BOOLEAN NOT NULL,
    reply       BOOLEAN NOT NULL,    -- the sender takes an answer (SND-04)
    reply_by    BIGINT,
    due_code    TEXT NOT NULL,       -- the first dated action's code, '' for none
    due         BIGINT,              -- when it is due or begins
    documents   BIGINT NOT NULL,     -- those a reader sees
    size        BIGINT NOT NULL,     -- bytes of all files
    served      BIGINT,              -- when a court summons was served (SND-08)
    modseq      BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    updated     BIGINT NOT NULL,
    PRIMARY KEY (mailbox, id)
) WITHOUT ROWID;
CREATE INDEX message_folder ON message (mailbox, folder, id);
-- Few letters have a date by which something is to be done: the others cost nothing here.
CREATE INDEX message_dated ON message (mailbox, COALESCE(due, reply_by)) WHERE due IS NOT NULL OR reply_by IS NOT NULL;

-- The whole letter but its files' bytes, encrypted with the mailbox's key. The
-- files' own keys are in it: without this row they cannot be read.
CREATE TABLE letter (
    message BLOB PRIMARY KEY,
    mailbox BIGINT NOT NULL,
    sealed  BLOB NOT NULL
) WITHOUT ROWID;

-- A note is its writer's alone (MBX-10).
CREATE TABLE note (
    mailbox BIGINT NOT NULL,
    message BLOB NOT NULL,
    writer  BIGINT NOT NULL,
    sealed  BLOB NOT NULL,
    updated BIGINT NOT NULL,
    PRIMARY KEY (mailbox, message, writer)
) WITHOUT ROWID;
