-- Business receipts that wait for the system that sent the letter. Ids ascend
-- with time, so that each system's receipts grow at their end.
CREATE TABLE receipt (
    system       BIGINT NOT NULL,
    id           BLOB NOT NULL,
    transmission BLOB NOT NULL,
    message_uuid BLOB,                     -- NULL where the MeMo had none to read
    message_id   TEXT NOT NULL,
    status       TEXT NOT NULL,            -- the API's ReceiptStatus
    code         TEXT NOT NULL,            -- '' for COMPLETED
    detail       TEXT NOT NULL,
    created      BIGINT NOT NULL,
    PRIMARY KEY (system, id)
) WITHOUT ROWID;

-- Letters that wait for a recipient system, or for its receipt of them.
CREATE TABLE waiting_letter (
    system  BIGINT NOT NULL,
    id      BLOB NOT NULL,                 -- the place in the queue; ascends with time
    memo    BLOB NOT NULL,                 -- messageUUID, by which systems know it; senders may repeat each other's
    mailbox BIGINT NOT NULL,
    message BLOB NOT NULL,                 -- what to render
    handed  BIGINT,                        -- when it was first fetched or pushed
    created BIGINT NOT NULL,
    PRIMARY KEY (system, id)
) WITHOUT ROWID;
CREATE INDEX waiting_letter_memo ON waiting_letter (system, memo);
CREATE INDEX waiting_letter_unhanded ON waiting_letter (system, id) WHERE handed IS NULL;

-- Letters that a recipient system got and did not take: its receipt was INVALID.
CREATE TABLE refused_letter (
    system  BIGINT NOT NULL,
    id      BLOB NOT NULL,
    memo    BLOB NOT NULL,
    mailbox BIGINT NOT NULL,
    message BLOB NOT NULL,
    code    TEXT NOT NULL,                 -- the recipient system's own words
    detail  TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (system, id)
) WITHOUT ROWID;

-- A row stands here as long as a system gets nothing: its endpoint takes nothing, or
-- it fetches nothing of what waits. Once it was switched off for that, until it gets
-- something again.
CREATE TABLE system_failure (
    system       BIGINT NOT NULL,
    queue        TEXT NOT NULL,            -- receipts, letters
    since        BIGINT NOT NULL,          -- the first failure after the last success
    attempts     BIGINT NOT NULL,          -- 0 for a system that fetches
    reason       TEXT NOT NULL,            -- the last one, of our own wording
    told         BIGINT,                   -- when its organisation was told
    switched_off BIGINT,
    PRIMARY KEY (system, queue)
);
