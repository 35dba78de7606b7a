CREATE TABLE job (
	id           BLOB NOT NULL PRIMARY KEY,
	kind         TEXT NOT NULL,
	queue        TEXT NOT NULL,
	key          TEXT,                 -- NULL: not unique
	args         TEXT NOT NULL,        -- JSON
	due          BIGINT,               -- when it may be claimed: its time, or the end of its lease. NULL: dead
	lease        BLOB,                 -- names the claim under which it runs. NULL: it does not
	again        BOOLEAN NOT NULL,     -- enqueued again while it ran
	attempts     BIGINT NOT NULL,
	max_attempts BIGINT NOT NULL,
	created      BIGINT NOT NULL,
	error        TEXT NOT NULL         -- of the last attempt
) WITHOUT ROWID;

CREATE INDEX job_due ON job (queue, due, id) WHERE due IS NOT NULL;
CREATE UNIQUE INDEX job_key ON job (kind, key) WHERE key IS NOT NULL AND due IS NOT NULL;

-- Until when the slots of a periodic job are dealt with.
CREATE TABLE job_schedule (
	kind TEXT NOT NULL PRIMARY KEY,
	done BIGINT NOT NULL
) WITHOUT ROWID;
