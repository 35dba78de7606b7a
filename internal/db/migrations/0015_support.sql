-- What people wrote to support by the contact form.
CREATE TABLE inquiry (
	id      BLOB   NOT NULL PRIMARY KEY,
	number  TEXT   NOT NULL UNIQUE, -- what the writer is told, to say on the phone
	kind    TEXT   NOT NULL,        -- question, feedback, request
	party   BIGINT,                 -- who wrote; NULL where nobody was logged in
	message BLOB   NOT NULL,        -- the letter in the mailbox of who runs Digital Post
	copied  BOOLEAN NOT NULL,       -- a copy lies in the writer's mailbox
	created BIGINT NOT NULL,
	sealed  BLOB   NOT NULL         -- name, how to answer, subject, text, names of files
) WITHOUT ROWID;
