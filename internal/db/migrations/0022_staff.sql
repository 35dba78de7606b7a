-- A look at a citizen by an employee, with its reason. Without an open one, staff
-- see nothing of the citizen.
CREATE TABLE staff_case (
    id           BLOB PRIMARY KEY,
    citizen      BIGINT NOT NULL,
    employee     BIGINT NOT NULL,
    organisation BIGINT NOT NULL,
    reason       TEXT   NOT NULL,     -- a code
    sealed       BLOB   NOT NULL,     -- what the employee wrote
    opened       BIGINT NOT NULL,
    ends         BIGINT NOT NULL,
    closed       BIGINT
) WITHOUT ROWID;
CREATE INDEX staff_case_employee ON staff_case (employee, organisation, opened);

-- What a citizen applies for at the counter: an access for somebody else, or an
-- exemption. An access that was given lies in privilege, an exemption in party.
CREATE TABLE staff_application (
    id           BLOB PRIMARY KEY,
    kind         TEXT   NOT NULL,     -- access, exemption
    state        TEXT   NOT NULL,     -- OPEN, APPROVED, DECLINED, ENDED
    citizen      BIGINT NOT NULL,
    organisation BIGINT NOT NULL,     -- the municipality that decides
    other        BIGINT NOT NULL,     -- who gets the access, else 0
    proxy        BOOLEAN NOT NULL,    -- brought by somebody else with a power of attorney
    sealed       BLOB   NOT NULL,
    scan         BLOB,                -- the signed form, a blob
    scan_sealed  BLOB,                -- its key, name and type
    made_by      BIGINT NOT NULL,
    made         BIGINT NOT NULL,
    decided_by   BIGINT NOT NULL,     -- 0 while it is open
    decided      BIGINT,
    version      BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX staff_application_citizen ON staff_application (citizen);
CREATE INDEX staff_application_open ON staff_application (organisation, state);
