-- Times: *_ms are milliseconds, *_at seconds since the Unix epoch, UTC; dates are ISO 8601 text.

CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

-- The agency's register.
CREATE TABLE residents (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    family_name TEXT NOT NULL,
    given_name TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    birth_date TEXT NOT NULL,
    sex INTEGER NOT NULL,
    nationality TEXT NOT NULL,
    street_address TEXT NOT NULL,
    locality TEXT NOT NULL,
    region TEXT NOT NULL,
    postal_code TEXT NOT NULL,
    country TEXT NOT NULL,
    licence_number TEXT,
    licence_categories TEXT,
    licence_issued TEXT,
    licence_expires TEXT,
    portrait BLOB NOT NULL,
    portrait_small BLOB NOT NULL
);
CREATE INDEX residents_by_name_zh ON residents (name_zh);
CREATE INDEX residents_by_family_name ON residents (family_name COLLATE NOCASE, given_name COLLATE NOCASE);

-- Keys by what they are for; the private halves are files.
CREATE TABLE keys (
    thumbprint BLOB PRIMARY KEY,
    -- control, next_control, credential
    role TEXT NOT NULL,
    file TEXT NOT NULL,
    -- Certificate of a credential key, DER.
    certificate BLOB,
    valid_from INTEGER NOT NULL,
    valid_to INTEGER NOT NULL,
    -- pending, final, revoking, revoked
    state TEXT NOT NULL,
    compromised_since INTEGER,
    -- Order in which they were made.
    seq INTEGER NOT NULL
) WITHOUT ROWID;

-- Status lists: each belongs to one key and one type.
CREATE TABLE lists (
    list INTEGER PRIMARY KEY,
    configuration TEXT NOT NULL,
    vct TEXT NOT NULL,
    type_version INTEGER NOT NULL,
    key BLOB NOT NULL REFERENCES keys (thumbprint),
    bits INTEGER NOT NULL,
    size INTEGER NOT NULL,
    -- Decides the leaves of the issued tree where nothing was issued.
    filler BLOB NOT NULL,
    -- opening, open, closed (takes no more credentials, still published), detached (published no more)
    state TEXT NOT NULL,
    -- Newest version that is final on the registry; NULL before the list is.
    version INTEGER
);
CREATE INDEX lists_by_configuration ON lists (configuration, state);

CREATE TABLE publications (
    list INTEGER NOT NULL REFERENCES lists (list),
    version INTEGER NOT NULL,
    token TEXT NOT NULL,
    status_root BLOB NOT NULL,
    issued_root BLOB NOT NULL,
    created_ms INTEGER NOT NULL,
    final INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (list, version)
) WITHOUT ROWID;

CREATE TABLE offers (
    id INTEGER PRIMARY KEY,
    -- Of the pre-authorized code and of the transaction code only digests are kept.
    code BLOB NOT NULL UNIQUE,
    tx_code BLOB NOT NULL,
    tries_left INTEGER NOT NULL,
    configuration TEXT NOT NULL,
    resident INTEGER NOT NULL REFERENCES residents (id) ON DELETE CASCADE,
    valid_from INTEGER,
    valid_to INTEGER,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- open, redeemed, withdrawn
    state TEXT NOT NULL DEFAULT 'open',
    token BLOB UNIQUE,
    token_expires_at INTEGER,
    copies_left INTEGER NOT NULL
);
CREATE INDEX offers_by_resident ON offers (resident, configuration, state);

-- What was issued, without what it says: where it stands in which list, and the digest that the
-- issued tree commits to.
CREATE TABLE credentials (
    list INTEGER NOT NULL REFERENCES lists (list),
    idx INTEGER NOT NULL,
    digest BLOB NOT NULL,
    -- The holder's key, which has to ask for the path of its copy.
    holder BLOB NOT NULL,
    resident INTEGER NOT NULL,
    configuration TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    status INTEGER NOT NULL DEFAULT 0,
    -- The first publication that records it; NULL until then.
    version INTEGER,
    PRIMARY KEY (list, idx)
) WITHOUT ROWID;
CREATE INDEX credentials_by_resident ON credentials (resident, configuration);
CREATE INDEX credentials_unrecorded ON credentials (list) WHERE version IS NULL;
CREATE INDEX credentials_not_valid ON credentials (list, idx, status) WHERE status <> 0;

-- What the registry is told, in order within each lane. Bytes are exact once signed: `signed` is sent
-- again as it is until it has taken effect or can no longer take effect.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    lane TEXT NOT NULL,
    operation BLOB NOT NULL,
    signed BLOB,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_ms INTEGER NOT NULL DEFAULT 0,
    -- Why the registry refused it last.
    refusal TEXT,
    -- open, final, dropped
    state TEXT NOT NULL DEFAULT 'open',
    height INTEGER
);
CREATE INDEX outbox_open ON outbox (lane, id) WHERE state = 'open';
