CREATE TABLE event (
	id           BYTEA NOT NULL PRIMARY KEY, -- time-ordered
	time         BIGINT NOT NULL,
	name         TEXT NOT NULL,
	mailbox      BIGINT NOT NULL,            -- 0: none, here and below
	party        BIGINT NOT NULL,
	system       BIGINT NOT NULL,
	organisation BIGINT NOT NULL,
	platform     TEXT NOT NULL,
	device       TEXT NOT NULL,
	via          TEXT NOT NULL,
	message      BYTEA,
	session      TEXT NOT NULL,
	props        TEXT NOT NULL,
	hash         BYTEA NOT NULL
);

CREATE FUNCTION event_is_append_only() RETURNS TRIGGER LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$;
CREATE TRIGGER event_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON event
	FOR EACH STATEMENT EXECUTE FUNCTION event_is_append_only();
-- Also in a session that has switched ordinary triggers off.
ALTER TABLE event ENABLE ALWAYS TRIGGER event_no_change;

-- Which events belong to a mailbox's log, and what one looks for them by; filled
-- in the background. Letters that arrive are most of it: all else of theirs is NULL,
-- so that only the first index has them.
CREATE TABLE event_mailbox (
	mailbox  BIGINT NOT NULL,
	event    BYTEA NOT NULL,
	kind     BIGINT,
	doer     BIGINT, -- a person; below 0 the organisation whose staff it was
	message  BYTEA,
	platform TEXT,
	PRIMARY KEY (mailbox, event)
);
CREATE INDEX event_mailbox_kind ON event_mailbox (mailbox, kind, event) WHERE kind IS NOT NULL;
CREATE INDEX event_mailbox_doer ON event_mailbox (mailbox, doer, kind, event) WHERE doer IS NOT NULL;
CREATE INDEX event_mailbox_message ON event_mailbox (mailbox, message, event) WHERE message IS NOT NULL;

-- One row: how far that has come.
CREATE TABLE event_index (
	seen BYTEA NOT NULL,
	sure BYTEA NOT NULL
);
INSERT INTO event_index VALUES (decode(repeat('00', 16), 'hex'), decode(repeat('00', 16), 'hex'));
