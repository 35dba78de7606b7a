-- Log-ins in browsers. token_hash is SHA-256 of the cookie.
CREATE TABLE session (
	token_hash   BLOB    NOT NULL PRIMARY KEY,
	id           BLOB    NOT NULL,
	party        BIGINT  NOT NULL,
	organisation BIGINT  NOT NULL, -- 0: on their own behalf
	platform     TEXT    NOT NULL,
	device       TEXT    NOT NULL, -- the kind
	assurance    BIGINT  NOT NULL,
	logged_in    BIGINT  NOT NULL,
	seen         BIGINT  NOT NULL,
	id_token     TEXT    NOT NULL  -- for the provider's log-out, '' where it must not be kept
) WITHOUT ROWID;
CREATE INDEX session_party ON session (party);
CREATE INDEX session_seen ON session (seen);

-- Programs that people let read their post.
CREATE TABLE view_client (
	id            TEXT    NOT NULL PRIMARY KEY,
	name          TEXT    NOT NULL,
	platform      TEXT    NOT NULL,
	secret_hash   BLOB,             -- NULL: a public client, which proves itself by PKCE alone
	redirect_uris TEXT    NOT NULL, -- parted by spaces, as are scopes
	scopes        TEXT    NOT NULL,
	auto_approve  TEXT    NOT NULL,
	closed        BOOLEAN NOT NULL
) WITHOUT ROWID;

-- What a person let a client do on one device: a family of tokens. It is gone
-- when it has ended, and its tokens with it.
CREATE TABLE token_grant (
	id           BLOB    NOT NULL PRIMARY KEY,
	party        BIGINT  NOT NULL,
	organisation BIGINT  NOT NULL,
	client       TEXT    NOT NULL REFERENCES view_client (id),
	platform     TEXT    NOT NULL,
	device       TEXT    NOT NULL, -- the kind
	assurance    BIGINT  NOT NULL,
	scopes       TEXT    NOT NULL,
	device_id    TEXT    NOT NULL,
	device_name  TEXT    NOT NULL,
	logged_in    BIGINT  NOT NULL,
	created      BIGINT  NOT NULL,
	used         BIGINT            -- the last exchange for tokens; NULL while the code is not yet exchanged
) WITHOUT ROWID;
CREATE INDEX token_grant_party ON token_grant (party);

CREATE TABLE token (
	hash     BLOB   NOT NULL PRIMARY KEY,
	grant_id BLOB   NOT NULL REFERENCES token_grant (id) ON DELETE CASCADE,
	kind     TEXT   NOT NULL,
	request  TEXT   NOT NULL, -- the part of the request that the exchange of a code looks at again
	expires  BIGINT NOT NULL,
	used     BIGINT           -- a code or a refresh token works once; a second use is noticed
) WITHOUT ROWID;
CREATE INDEX token_grant_id ON token (grant_id);
CREATE INDEX token_expires ON token (expires);

-- Private keys that sign ID tokens, sealed by the master key.
CREATE TABLE signing_key (
	id      BLOB   NOT NULL PRIMARY KEY,
	sealed  BLOB   NOT NULL,
	created BIGINT NOT NULL
) WITHOUT ROWID;
