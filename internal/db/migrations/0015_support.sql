-- What people wrote to support by the contact form.
CREATE TABLE inquiry (
	id      BLOB   NOT NULL PRIMARY KEY,
	number  TEXT   NOT NULL UNIQUE, -- what the writer is told, to say on the phone
	kind    TEXT   NOT NULL,        -- question, feedback, request
	party   BIGINT,                 -- who wrote; NULL where nobody was logged in
	message BLOB   NOT NULL,        -- the letter in the mailbox of who runs Digital Post
	copied  BOOLEAN NOT NULL,       -- a copy lies in the writer's mailbox
	created BIGINT NOT NULL,
	sealed  BLOB   NOT NULL,        -- name, how to answer, subject, text, names of files
	state   TEXT   NOT NULL,        -- OPEN, ANSWERED
	taken_by BIGINT NOT NULL,       -- the employee who answers or has answered, 0 for nobody yet
	changed BIGINT NOT NULL,        -- when it was taken or answered last
	version BIGINT NOT NULL,
	answer  BLOB                    -- sealed: how it was answered, and what was written
) WITHOUT ROWID;
CREATE INDEX inquiry_state ON inquiry (state, created);
