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

-- Which events belong to a mailbox's log; filled in the background.
CREATE TABLE event_mailbox (
	mailbox BIGINT NOT NULL,
	event   BLOB NOT NULL,
	PRIMARY KEY (mailbox, event)
) WITHOUT ROWID;

-- One row: how far that has come.
CREATE TABLE event_index (
	seen BLOB NOT NULL,
	sure BLOB NOT NULL
);
INSERT INTO event_index VALUES (zeroblob(16), zeroblob(16));
