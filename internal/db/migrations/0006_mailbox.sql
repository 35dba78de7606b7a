-- A mailbox has the id of the party that owns it.
CREATE TABLE mailbox (
    id       BIGINT PRIMARY KEY,
    uuid     BLOB NOT NULL UNIQUE,
    sealed   BLOB NOT NULL,          -- the mailbox's own key, encrypted
    modseq   BIGINT NOT NULL,        -- raised by every change in the mailbox
    created  BIGINT NOT NULL,
    accessed BIGINT,                 -- when it was last opened
    introduced BIGINT,               -- when its owner was shown around
    hides    BOOLEAN NOT NULL,       -- there are senders that it hides from helpers
    files    BOOLEAN NOT NULL        -- there are rules that file its new letters
) WITHOUT ROWID;

-- Folders 1 to 4 are the inbox, drafts, sent and deleted post of every mailbox.
CREATE TABLE folder (
    mailbox BIGINT NOT NULL,
    id      BIGINT NOT NULL,
    uuid    BLOB NOT NULL,
    parent  BIGINT,
    type    TEXT NOT NULL,           -- the API's FolderType
    name    TEXT NOT NULL,           -- '' for folders 1 to 4: named in the reader's language
    born    BIGINT NOT NULL,         -- modseq when it was made
    modseq  BIGINT NOT NULL,         -- of its last change
    deleted BIGINT,                  -- when it was deleted. What it held may still be on its way to the trash
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
    hidden  BIGINT NOT NULL DEFAULT 0, -- of total, what is hidden from helpers
    hidden_unread BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (mailbox, folder, source)
) WITHOUT ROWID;

-- All that a list of messages shows. Ids are ordered by time of arrival.
CREATE TABLE message (
    mailbox     BIGINT NOT NULL,
    id          BLOB NOT NULL,
    folder      BIGINT NOT NULL,
    origin      BIGINT NOT NULL,     -- where it lay before it was deleted; 0: nowhere else
    source      TEXT NOT NULL,
    state       TEXT NOT NULL,       -- the API's MessageState
    type        TEXT NOT NULL,       -- the API's MessageType
    memo        BLOB NOT NULL,       -- MeMo's messageUUID
    received    BIGINT NOT NULL,
    label       TEXT NOT NULL,
    sender      BIGINT NOT NULL,     -- party
    sender_name TEXT NOT NULL,       -- as the letter says
    sender_kind TEXT NOT NULL,       -- the API's AuthorityType, '' for a company or a person
    recipient_name TEXT NOT NULL,    -- whom a draft or sent message is to, '' for what was received
    read        BOOLEAN NOT NULL,
    flag        BOOLEAN NOT NULL,
    reply       BOOLEAN NOT NULL,    -- the sender takes an answer (SND-04)
    reply_by    BIGINT,
    due_code    TEXT NOT NULL,       -- the first dated action's code, '' for none
    due         BIGINT,              -- when it is due or begins
    documents   BIGINT NOT NULL,     -- those a reader sees
    size        BIGINT NOT NULL,     -- bytes of all files
    served      BIGINT,              -- when a court summons was served (SND-08)
    answered    BIGINT,
    forwarded   BIGINT,
    done        BIGINT,              -- when the last of what it asks for was done
    thread      BLOB,                -- messageUUID of the first letter of its thread, NULL for a letter by itself
    hidden      BIGINT NOT NULL,     -- from helpers: 1 by itself, 2 by its sender, 3 both; 0 not
    hidden_at   BIGINT NOT NULL,     -- modseq when it was hidden the last time
    born        BIGINT NOT NULL,     -- modseq when it came; ascends with id
    modseq      BIGINT NOT NULL,     -- of its last change
    version     BIGINT NOT NULL,
    updated     BIGINT NOT NULL,
    PRIMARY KEY (mailbox, id)
) WITHOUT ROWID;
CREATE INDEX message_folder ON message (mailbox, folder, id);
-- For those who follow changes. What is as it came is found by its id: intake pays nothing here.
CREATE INDEX message_changed ON message (mailbox, modseq) WHERE version > 1;
CREATE INDEX message_flag ON message (mailbox, flag, id) WHERE flag = TRUE; -- SQLite takes it with the flag before the id
CREATE INDEX message_thread ON message (mailbox, thread, memo) WHERE thread IS NOT NULL;

-- Senders whose post the owner hides from helpers.
CREATE TABLE hidden_sender (
    mailbox BIGINT NOT NULL,
    sender  BIGINT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (mailbox, sender)
) WITHOUT ROWID;

-- The dates of a letter: what is to be done by then, or begins then. Few letters have one.
CREATE TABLE deadline (
    mailbox  BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    message  BLOB NOT NULL,
    document BIGINT NOT NULL,        -- whose action it is, from 0; -1 for the answer that the sender waits for
    action   BIGINT NOT NULL,        -- place among the document's actions
    code     TEXT NOT NULL,          -- MeMo's action code, REPLY for an answer
    done     BIGINT,
    PRIMARY KEY (mailbox, at, message, document, action)
) WITHOUT ROWID;

-- What the owner says has become of an action of a letter.
CREATE TABLE action_status (
    mailbox  BIGINT NOT NULL,
    message  BLOB NOT NULL,
    document BIGINT NOT NULL,
    action   BIGINT NOT NULL,
    code     TEXT NOT NULL,          -- the API's ActionStatusCode
    note     BLOB,                   -- sealed
    created  BIGINT NOT NULL,
    updated  BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    PRIMARY KEY (mailbox, message, document, action)
) WITHOUT ROWID;

-- To whom a court summons was served, and by which right.
CREATE TABLE service (
    mailbox BIGINT NOT NULL,
    message BLOB NOT NULL,
    party   BIGINT NOT NULL,
    via     TEXT NOT NULL,           -- access.Relation
    PRIMARY KEY (mailbox, message)
) WITHOUT ROWID;

-- Messages that are no more, for those who follow changes. became is the sent
-- message that a draft became.
CREATE TABLE tombstone (
    mailbox BIGINT NOT NULL,
    message BLOB NOT NULL,
    modseq  BIGINT NOT NULL,
    source  TEXT NOT NULL,
    sender  BIGINT NOT NULL,
    hidden  BIGINT NOT NULL,
    became  BLOB,
    PRIMARY KEY (mailbox, message)
) WITHOUT ROWID;
CREATE INDEX tombstone_modseq ON tombstone (mailbox, modseq);

-- What was done to many messages at once, or to a folder. It can be undone for a while.
CREATE TABLE operation (
    mailbox  BIGINT NOT NULL,
    id       BLOB NOT NULL,
    task     TEXT NOT NULL,          -- JSON: what is done, by whom, to what, and how far that has come
    total    BIGINT NOT NULL,
    done     BIGINT NOT NULL,
    skipped  BIGINT NOT NULL,        -- what could not be done, or was gone
    created  BIGINT NOT NULL,
    finished BIGINT,
    PRIMARY KEY (mailbox, id)
) WITHOUT ROWID;
CREATE INDEX operation_finished ON operation (finished) WHERE finished IS NOT NULL;

-- How messages were before an operation.
CREATE TABLE operation_item (
    mailbox   BIGINT NOT NULL,
    operation BLOB NOT NULL,
    message   BLOB NOT NULL,
    folder    BIGINT NOT NULL,
    read      BOOLEAN NOT NULL,
    flag      BOOLEAN NOT NULL,
    moved     BIGINT NOT NULL,       -- the folder it lay in after it
    PRIMARY KEY (mailbox, operation, message)
) WITHOUT ROWID;

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
