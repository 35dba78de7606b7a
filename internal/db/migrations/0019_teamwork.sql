-- That somebody of a company has opened a letter, and when first. Who has not has
-- no row.
CREATE TABLE opening (
    mailbox BIGINT NOT NULL,
    message BLOB NOT NULL,
    person  BIGINT NOT NULL,
    opened  BIGINT NOT NULL,
    PRIMARY KEY (mailbox, message, person)
) WITHOUT ROWID;

-- Stretches of received letters that somebody has all opened: what they have not
-- opened is found without passing over each of them. It follows from opening.
CREATE TABLE opened_run (
    mailbox BIGINT NOT NULL,
    person  BIGINT NOT NULL,
    oldest  BLOB NOT NULL,
    newest  BLOB NOT NULL,
    letters BIGINT NOT NULL,         -- how many there were when it was written
    PRIMARY KEY (mailbox, person, newest)
) WITHOUT ROWID;
CREATE INDEX opened_run_long ON opened_run (mailbox, person, newest) WHERE letters >= 32;

-- How a company works with a letter. There is a row when somebody has done
-- something about it.
CREATE TABLE shared_letter (
    mailbox      BIGINT NOT NULL,
    message      BLOB NOT NULL,
    assignee     BIGINT NOT NULL,    -- person, 0: nobody
    organisation BIGINT NOT NULL,    -- in whose name they read it, 0: as a private person
    assigned_by  BIGINT NOT NULL,    -- person, 0: a rule
    assigned     BIGINT,
    ended        BIGINT,             -- when the assignee had lost the right to read it
    status       TEXT NOT NULL,      -- NEW, IN_PROGRESS, DONE
    due          BIGINT,             -- the company's own date for it
    comments     BIGINT NOT NULL,    -- how many there are
    updated      BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    PRIMARY KEY (mailbox, message)
) WITHOUT ROWID;
CREATE INDEX shared_letter_assignee ON shared_letter (mailbox, assignee, organisation, ended, message); -- has all that is asked, or SQLite reads the table
CREATE INDEX shared_letter_status ON shared_letter (mailbox, status, message) WHERE status <> 'NEW';
CREATE INDEX shared_letter_due ON shared_letter (mailbox, due, message) WHERE due IS NOT NULL;

-- A company's own words on a letter. They never leave it.
CREATE TABLE comment (
    mailbox BIGINT NOT NULL,
    message BLOB NOT NULL,
    id      BLOB NOT NULL,
    writer  BIGINT NOT NULL,
    sealed  BLOB NOT NULL,           -- with the mailbox's key
    created BIGINT NOT NULL,
    PRIMARY KEY (mailbox, message, id)
) WITHOUT ROWID;

-- Where new letters belong, the first rule that fits deciding.
CREATE TABLE filing_rule (
    mailbox      BIGINT NOT NULL,
    id           BLOB NOT NULL,
    place        BIGINT NOT NULL,    -- rules are tried in this order
    sender       BIGINT NOT NULL,    -- party, 0: any
    point        BLOB,               -- contact point that the letter is from or to, NULL: any
    folder       BLOB,               -- NULL: where all lie
    assignee     BIGINT NOT NULL,    -- person, 0: nobody
    organisation BIGINT NOT NULL,
    status       TEXT NOT NULL,      -- '': as it is
    created      BIGINT NOT NULL,
    updated      BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    PRIMARY KEY (mailbox, id)
) WITHOUT ROWID;

-- That a rule is or was used on the letters that were there.
CREATE TABLE filing_run (
    mailbox  BIGINT NOT NULL,
    rule     BLOB NOT NULL,
    actor    TEXT NOT NULL,          -- JSON: whose rights are asked
    before   BLOB,                   -- letters older than this are still to be looked at
    looked   BIGINT NOT NULL,
    filed    BIGINT NOT NULL,
    started  BIGINT NOT NULL,
    finished BIGINT,
    PRIMARY KEY (mailbox, rule)
) WITHOUT ROWID;
