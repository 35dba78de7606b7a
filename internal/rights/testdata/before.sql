-- Rights as a program of schema 16 would have them. Parties 1 to 5 are persons, 1 is
-- dead's neighbour; 11 and 12 are companies, 12 has ceased; 3 is dead.
INSERT INTO party (id, uuid, kind, number_hash, number_sealed, name, status, status_since, registration, registered, exempt_from, exempt_to, by_proxy, voluntary, born, authority, mandatory_allowed, legal_allowed, created, updated, version) VALUES
 (1, X'01000000000000000000000000000001', 'PERSON', X'01', X'00', 'Anna', 'ALIVE', NULL, 'AUTOMATIC_REGISTRATION', 0, NULL, NULL, FALSE, FALSE, '1970-01-02', '', FALSE, FALSE, 0, 0, 1),
 (2, X'01000000000000000000000000000002', 'PERSON', X'02', X'00', 'Bent', 'ALIVE', NULL, 'EXEMPT_OTHER_REASON', 0, 0, NULL, FALSE, FALSE, '1970-01-02', '', FALSE, FALSE, 0, 0, 1),
 (3, X'01000000000000000000000000000003', 'PERSON', X'03', X'00', 'Carl', 'DEAD', 0, 'AUTOMATIC_REGISTRATION', 0, NULL, NULL, FALSE, FALSE, '1930-01-02', '', FALSE, FALSE, 0, 0, 1),
 (4, X'01000000000000000000000000000004', 'PERSON', X'04', X'00', 'Dora', 'ALIVE', NULL, 'AUTOMATIC_REGISTRATION', 0, NULL, NULL, FALSE, FALSE, '1970-01-02', '', FALSE, FALSE, 0, 0, 1),
 (5, X'01000000000000000000000000000005', 'PERSON', X'05', X'00', 'Emil', 'ALIVE', NULL, 'AUTOMATIC_REGISTRATION', 0, NULL, NULL, FALSE, FALSE, '1970-01-02', '', FALSE, FALSE, 0, 0, 1),
 (11, X'0100000000000000000000000000000B', 'ORGANISATION', X'0B', X'00', 'Firma', 'ACTIVE', NULL, 'AUTOMATIC_REGISTRATION', 0, NULL, NULL, FALSE, FALSE, '', '', FALSE, FALSE, 0, 0, 1),
 (12, X'0100000000000000000000000000000C', 'ORGANISATION', X'0C', X'00', 'Lukket', 'CLOSED', 0, 'AUTOMATIC_REGISTRATION', 0, NULL, NULL, FALSE, FALSE, '', '', FALSE, FALSE, 0, 0, 1);
INSERT INTO person (party, first_name, last_name, protected, address) VALUES (1, 'Anna', 'A', FALSE, '{}'), (2, 'Bent', 'B', FALSE, '{}'), (3, 'Carl', 'C', FALSE, '{}'), (4, 'Dora', 'D', FALSE, '{}'), (5, 'Emil', 'E', FALSE, '{}');
INSERT INTO organisation (party, form, aliases, address) VALUES (11, 'ApS', '[]', '{}'), (12, 'ApS', '[]', '{}');
INSERT INTO member (organisation, person, uuid, employed, signs, number, title, department, email, updated, version) VALUES
 (11, 1, X'02000000000000000000000000000001', FALSE, TRUE, '', '', '', '', 0, 1),
 (11, 4, X'02000000000000000000000000000002', TRUE, FALSE, 'M1', '', '', '', 0, 1),
 (11, 5, X'02000000000000000000000000000003', FALSE, FALSE, 'M2', '', '', '', 0, 1),
 (12, 4, X'02000000000000000000000000000004', FALSE, TRUE, '', '', '', '', 0, 1);
INSERT INTO mailbox (id, uuid, sealed, modseq, created, accessed, introduced, hides, files) VALUES
 (1, X'03000000000000000000000000000001', X'00', 1, 0, NULL, NULL, FALSE, FALSE), (2, X'03000000000000000000000000000002', X'00', 1, 0, NULL, NULL, FALSE, FALSE), (3, X'03000000000000000000000000000003', X'00', 1, 0, NULL, NULL, FALSE, FALSE),
 (4, X'03000000000000000000000000000004', X'00', 1, 0, NULL, NULL, FALSE, FALSE), (11, X'0300000000000000000000000000000B', X'00', 1, 0, NULL, NULL, FALSE, FALSE), (12, X'0300000000000000000000000000000C', X'00', 1, 0, NULL, NULL, FALSE, FALSE);
INSERT INTO privilege (id, mailbox, holder, organisation, relation, source, origin, begins, ends, given_by, used, created, updated, version) VALUES
 (X'04000000000000000000000000000001', 1, 4, 0, 'reader', '', 'SELF_SERVICE', NULL, NULL, 1, NULL, 1, 1, 1),
 (X'04000000000000000000000000000002', 2, 4, 0, 'writer', '', 'MANUAL', NULL, 4102441200000000, 1, NULL, 2, 2, 1),
 (X'04000000000000000000000000000003', 2, 5, 0, 'reader', '', 'SELF_SERVICE', NULL, 1000000, 1, NULL, 3, 3, 1),
 (X'04000000000000000000000000000004', 1, 5, 0, 'reader', '', 'SELF_SERVICE', 4102441200000000, NULL, 1, NULL, 4, 4, 1),
 (X'04000000000000000000000000000005', 1, 2, 0, 'reader.sender', '', 'SELF_SERVICE', NULL, NULL, 1, NULL, 5, 5, 1),
 (X'04000000000000000000000000000006', 3, 4, 0, 'heir', '', 'APPOINTED', NULL, NULL, 0, NULL, 6, 6, 1),
 (X'04000000000000000000000000000007', 3, 5, 0, 'reader', '', 'SELF_SERVICE', NULL, NULL, 3, NULL, 7, 7, 1),
 (X'04000000000000000000000000000008', 11, 4, 11, 'employee.write', '', 'SELF_SERVICE', NULL, NULL, 1, NULL, 8, 8, 1),
 (X'04000000000000000000000000000009', 11, 5, 11, 'employee.basic', '', 'SELF_SERVICE', NULL, NULL, 1, NULL, 9, 9, 1),
 (X'0400000000000000000000000000000A', 12, 5, 0, 'liquidator', '', 'APPOINTED', NULL, NULL, 0, NULL, 10, 10, 1),
 (X'0400000000000000000000000000000B', 12, 4, 11, 'employee.basic', '', 'SELF_SERVICE', NULL, NULL, 1, NULL, 11, 11, 1),
 (X'0400000000000000000000000000000C', 4, 1, 0, 'reader.private', 'mit', 'SELF_SERVICE', NULL, NULL, 4, NULL, 12, 12, 1);
INSERT INTO privilege_sender (privilege, sender) VALUES (X'04000000000000000000000000000005', 11);
INSERT INTO identity_group (id, organisation, name, created, updated, version) VALUES (X'05000000000000000000000000000001', 11, 'Bogholderiet', 0, 0, 1);
INSERT INTO identity_grantee (id, identity_group, organisation, person, created, version) VALUES
 (X'06000000000000000000000000000001', X'05000000000000000000000000000001', 11, 4, 0, 1), (X'06000000000000000000000000000002', X'05000000000000000000000000000001', 11, 5, 0, 1);
INSERT INTO identity_privilege (id, identity_group, mailbox, relation, begins, ends, given_by, created, version) VALUES
 (X'07000000000000000000000000000001', X'05000000000000000000000000000001', 11, 'employee.advanced', NULL, NULL, 1, 0, 1);
