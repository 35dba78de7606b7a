-- A party is a person or an organisation, with all that decides about its post. Its
-- id is also the id of its mailbox.
CREATE TABLE party (
    id            BIGINT PRIMARY KEY,
    uuid          BLOB NOT NULL UNIQUE,
    kind          TEXT NOT NULL,           -- PERSON, ORGANISATION
    number_hash   BLOB NOT NULL UNIQUE,    -- keyed hash of the CPR or CVR number
    number_sealed BLOB NOT NULL,           -- the number, encrypted
    name          TEXT NOT NULL,
    status        TEXT NOT NULL,           -- ALIVE, EMIGRATED, MISSING, DEAD; ACTIVE, CLOSED
    status_since  BIGINT,
    registration  TEXT NOT NULL,           -- the API's RegistrationStatus
    registered    BIGINT,                  -- start of the registration
    exempt_from   BIGINT,
    exempt_to     BIGINT,                  -- only organisations' exemptions end
    by_proxy      BOOLEAN NOT NULL,        -- exempt through a power of attorney
    voluntary     BOOLEAN NOT NULL,        -- may register, need not
    born          TEXT NOT NULL,           -- a person's, 2006-01-02; '' for organisations
    authority     TEXT NOT NULL,           -- STATE, REGION, MUNICIPALITY, OTHER; '' is no authority
    mandatory_allowed BOOLEAN NOT NULL,    -- an authority's right to reach the exempt too
    legal_allowed BOOLEAN NOT NULL,        -- and to serve court documents
    created       BIGINT NOT NULL,
    updated       BIGINT NOT NULL,
    version       BIGINT NOT NULL
) WITHOUT ROWID;
-- For those who follow changes.
CREATE INDEX party_updated ON party (updated, id);

CREATE TABLE person (
    party      BIGINT PRIMARY KEY REFERENCES party(id),
    first_name TEXT NOT NULL,
    last_name  TEXT NOT NULL,
    protected  BOOLEAN NOT NULL,           -- name and address protection
    address    TEXT NOT NULL               -- JSON
) WITHOUT ROWID;

CREATE TABLE organisation (
    party             BIGINT PRIMARY KEY REFERENCES party(id),
    form              TEXT NOT NULL,
    aliases           TEXT NOT NULL,       -- JSON, other names people search by
    address           TEXT NOT NULL,
    logo              BLOB                 -- PNG
) WITHOUT ROWID;

-- Who works in an organisation, and who signs for it alone. Who is neither has left.
CREATE TABLE member (
    organisation BIGINT NOT NULL REFERENCES organisation(party),
    person       BIGINT NOT NULL REFERENCES person(party),
    uuid         BLOB NOT NULL UNIQUE,
    employed     BOOLEAN NOT NULL,
    signs        BOOLEAN NOT NULL,
    number       TEXT NOT NULL,            -- the employee's, '' for who does not work there
    title        TEXT NOT NULL,
    department   TEXT NOT NULL,
    email        TEXT NOT NULL,
    updated      BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    PRIMARY KEY (organisation, person)
) WITHOUT ROWID;
CREATE INDEX member_person ON member (person);
CREATE INDEX member_number ON member (organisation, number);

CREATE TABLE contact_group (
    id           BLOB PRIMARY KEY,
    organisation BIGINT NOT NULL REFERENCES organisation(party),
    parent       BLOB,
    name         TEXT NOT NULL,
    description  TEXT NOT NULL,
    targets      TEXT NOT NULL,            -- JSON
    created      BIGINT NOT NULL,
    updated      BIGINT NOT NULL,
    version      BIGINT NOT NULL
);
CREATE INDEX contact_group_organisation ON contact_group (organisation);

CREATE TABLE contact_point (
    id           BLOB PRIMARY KEY,
    organisation BIGINT NOT NULL REFERENCES organisation(party),
    contact_group BLOB,
    system       BIGINT,                   -- the recipient system, NULL for the organisation's default
    name         TEXT NOT NULL,
    open         BOOLEAN NOT NULL,         -- active and visible: may be chosen by those who write
    details      TEXT NOT NULL,            -- JSON: targets, limits, questions, search terms, codes
    created      BIGINT NOT NULL,
    updated      BIGINT NOT NULL,
    version      BIGINT NOT NULL
);
CREATE INDEX contact_point_organisation ON contact_point (organisation);

-- What authorities are found by: their names, other names, and the names and
-- search terms of their contact points, each from every word on, folded to plain
-- small letters. A prefix finds it.
CREATE TABLE authority_word (
    organisation BIGINT NOT NULL,
    point        BLOB,                     -- the contact point it is of, NULL for the authority's own names
    text         BLOB NOT NULL,            -- as bytes: one order in all databases
    rank         INTEGER NOT NULL          -- what it is of, see registry.rank
);
CREATE INDEX authority_word_text ON authority_word (text);
CREATE INDEX authority_word_of ON authority_word (organisation, point);

CREATE TABLE mail_system (
    id               BIGINT PRIMARY KEY,
    uuid             BLOB NOT NULL UNIQUE,
    organisation     BIGINT NOT NULL REFERENCES organisation(party),
    name             TEXT NOT NULL,
    sends            BOOLEAN NOT NULL,
    receives         BOOLEAN NOT NULL,
    by_default       BOOLEAN NOT NULL,     -- the recipient system for what names no other
    protocol         TEXT NOT NULL,        -- REST_PULL, REST_PUSH
    endpoint         TEXT NOT NULL,
    receipt_endpoint TEXT NOT NULL,        -- '' is pull
    memo_version     TEXT NOT NULL,        -- 1.1 or 1.2, for what it receives
    key_hash         BLOB,                 -- SHA-256 of the API key
    certificate      BLOB,                 -- SHA-256 of its own certificate, where one is uploaded
    delegated_cvr    TEXT NOT NULL,        -- a vendor whose certificate may be used with the key
    allowed_ips      TEXT NOT NULL,        -- JSON list of prefixes, [] is any address
    active_from      BIGINT,
    active_to        BIGINT,
    version          BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX mail_system_organisation ON mail_system (organisation);

-- How far an import of a register has come, so that it can go on where it ended.
CREATE TABLE registry_import (
    source TEXT PRIMARY KEY,
    lines  BIGINT NOT NULL,
    digest BLOB NOT NULL               -- SHA-256 of those lines: tells whether it is the same register
);

-- How often somebody has given a name that a CPR number does not have, and how many
-- people they have asked for something lately.
CREATE TABLE lookup_try (
    asker  BIGINT PRIMARY KEY,
    failed INTEGER NOT NULL,
    last   BIGINT NOT NULL,
    asked  INTEGER NOT NULL,        -- since
    since  BIGINT NOT NULL
) WITHOUT ROWID;
