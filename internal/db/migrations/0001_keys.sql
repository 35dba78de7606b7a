-- The named data keys, each wrapped by the master key in the operator's file.
CREATE TABLE data_key (
	name    TEXT   PRIMARY KEY,
	master  TEXT   NOT NULL, -- which master key wraps it: the id in the key file
	wrapped BLOB   NOT NULL,
	made    BIGINT NOT NULL
) WITHOUT ROWID;
