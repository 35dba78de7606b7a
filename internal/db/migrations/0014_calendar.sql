-- Links by which calendar programs read what a person's letters ask of them.
-- token_hash is SHA-256 of what stands in the link.
CREATE TABLE calendar_link (
    token_hash BLOB    NOT NULL PRIMARY KEY,
    id         BLOB    NOT NULL,
    party      BIGINT  NOT NULL,
    name       TEXT    NOT NULL, -- what its maker calls it, '' for nothing
    english    BOOLEAN NOT NULL, -- the language it speaks; else Danish
    assurance  BIGINT  NOT NULL, -- of the log-in that made it
    created    BIGINT  NOT NULL,
    fetched    BIGINT            -- when it was last read
) WITHOUT ROWID;
CREATE INDEX calendar_link_party ON calendar_link (party);
