-- Letters that go out on paper.
CREATE TABLE print_letter (
	id       BLOB    NOT NULL PRIMARY KEY,
	party    BIGINT  NOT NULL, -- whom it is for
	message  BLOB,             -- the letter of their mailbox that is printed; NULL for one of our own
	content  BLOB,             -- the blob of one of our own, a PDF; NULL once it was sent
	unopened BOOLEAN NOT NULL, -- a letter that lay unread when its reader became exempt
	created  BIGINT  NOT NULL,
	sent     BIGINT,
	sealed   BLOB    NOT NULL  -- address, title, key of the content
) WITHOUT ROWID;
CREATE INDEX print_letter_party ON print_letter (party);
