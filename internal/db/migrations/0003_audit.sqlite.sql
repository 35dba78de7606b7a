CREATE TABLE event (
	id           BLOB NOT NULL PRIMARY KEY, -- time-ordered
	time         BIGINT NOT NULL,
	name         TEXT NOT NULL,
	mailbox      BIGINT NOT NULL,           -- 0: none, here and below
	party        BIGINT NOT NULL,
	system       BIGINT NOT NULL,
	organisation BIGINT NOT NULL,
	platform     TEXT NOT NULL,
	device       TEXT NOT NULL,
	via          TEXT NOT NULL,
	message      BLOB,
	session      TEXT NOT NULL,
	props        TEXT NOT NULL,
	hash         BLOB NOT NULL
) WITHOUT ROWID;

CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

-- REPLACE would remove an event without the trigger above.
CREATE TRIGGER event_no_replace BEFORE INSERT ON event WHEN EXISTS (SELECT 1 FROM event WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

-- Which events belong to a mailbox's log, and what one looks for them by; filled
-- in the background. Letters that arrive are most of it: all else of theirs is NULL,
-- so that only the first index has them.
CREATE TABLE event_mailbox (
	mailbox  BIGINT NOT NULL,
	event    BLOB NOT NULL,
	kind     BIGINT,
	doer     BIGINT, -- a person; below 0 the organisation whose staff it was
	message  BLOB,
	platform TEXT,
	PRIMARY KEY (mailbox, event)
) WITHOUT ROWID;
CREATE INDEX event_mailbox_kind ON event_mailbox (mailbox, kind, event) WHERE kind IS NOT NULL;
CREATE INDEX event_mailbox_doer ON event_mailbox (mailbox, doer, kind, event) WHERE doer IS NOT NULL;
CREATE INDEX event_mailbox_message ON event_mailbox (mailbox, message, event) WHERE message IS NOT NULL;

-- One row: how far that has come.
CREATE TABLE event_index (
	seen BLOB NOT NULL,
	sure BLOB NOT NULL
);
INSERT INTO event_index VALUES (zeroblob(16), zeroblob(16));
