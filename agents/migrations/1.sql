-- The company's first schema. Times are seconds since 1970 (UTC), dates are ISO 8601 texts in the company's zone,
-- money is whole cents. A migration that has been released is never edited: the next change is 2.sql.

CREATE TABLE plans (
    id            INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    megabits      INTEGER NOT NULL CHECK (megabits > 0),
    telephone     INTEGER NOT NULL CHECK (telephone IN (0, 1)),
    monthly_cents INTEGER NOT NULL CHECK (monthly_cents > 0)
) STRICT;

CREATE TABLE areas (
    postcode TEXT PRIMARY KEY,
    name     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE customers (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL,
    phone      TEXT    NOT NULL UNIQUE,
    street     TEXT    NOT NULL,
    postcode   TEXT    NOT NULL REFERENCES areas,
    plan_id    INTEGER NOT NULL REFERENCES plans,
    card_last4 TEXT    CHECK (length(card_last4) = 4),
    since      TEXT    NOT NULL
) STRICT;

CREATE INDEX customers_of_an_area ON customers (postcode);

-- The accounts of the ledger: what each customer owes, and the company's own.
CREATE TABLE ledger_accounts (
    id          INTEGER PRIMARY KEY,
    name        TEXT    NOT NULL UNIQUE,
    customer_id INTEGER UNIQUE REFERENCES customers
) STRICT;

CREATE TABLE invoices (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id INTEGER NOT NULL REFERENCES customers,
    issued_on   TEXT    NOT NULL,
    due_on      TEXT    NOT NULL
) STRICT;

CREATE INDEX invoices_of_a_customer ON invoices (customer_id, due_on);

CREATE TABLE invoice_lines (
    invoice_id INTEGER NOT NULL REFERENCES invoices,
    position   INTEGER NOT NULL,
    label      TEXT    NOT NULL,
    cents      INTEGER NOT NULL,
    PRIMARY KEY (invoice_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE payments (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id INTEGER NOT NULL REFERENCES customers,
    cents       INTEGER NOT NULL CHECK (cents > 0),
    currency    TEXT    NOT NULL DEFAULT 'USD' CHECK (currency = 'USD'),
    card_last4  TEXT    NOT NULL,
    paid_at     INTEGER NOT NULL
) STRICT;

CREATE INDEX payments_of_a_customer ON payments (customer_id, paid_at);

-- One row moves an amount from one account to another, so that the ledger balances whatever is written to it.
CREATE TABLE entries (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    posted_at  INTEGER NOT NULL,
    debit      INTEGER NOT NULL REFERENCES ledger_accounts,
    credit     INTEGER NOT NULL REFERENCES ledger_accounts,
    cents      INTEGER NOT NULL CHECK (cents > 0),
    invoice_id INTEGER NOT NULL REFERENCES invoices,
    payment_id INTEGER REFERENCES payments,
    CHECK (debit <> credit)
) STRICT;

CREATE INDEX entries_of_an_invoice ON entries (invoice_id);
CREATE INDEX entries_to_an_account ON entries (debit);
CREATE INDEX entries_from_an_account ON entries (credit);

CREATE TABLE opening_hours (
    weekday INTEGER PRIMARY KEY CHECK (weekday BETWEEN 1 AND 7), -- Monday is 1; a day without a row is closed
    opens   TEXT    NOT NULL,
    closes  TEXT    NOT NULL,
    CHECK (opens < closes)
) STRICT;

CREATE TABLE technicians (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE appointments (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id   INTEGER NOT NULL REFERENCES customers,
    technician_id INTEGER NOT NULL REFERENCES technicians,
    kind          TEXT    NOT NULL CHECK (kind IN ('installation', 'repair', 'equipment_swap', 'move')),
    starts_at     INTEGER NOT NULL,
    ends_at       INTEGER NOT NULL CHECK (ends_at > starts_at),
    status        TEXT    NOT NULL DEFAULT 'booked' CHECK (status IN ('booked', 'cancelled')),
    note          TEXT
) STRICT;

-- What keeps two callers out of one slot, and one customer out of two appointments at a time.
CREATE UNIQUE INDEX one_appointment_a_slot ON appointments (technician_id, starts_at) WHERE status = 'booked';
CREATE UNIQUE INDEX one_appointment_at_a_time ON appointments (customer_id, starts_at) WHERE status = 'booked';
CREATE INDEX booked_slots ON appointments (starts_at) WHERE status = 'booked';

CREATE TABLE outages (
    id       INTEGER PRIMARY KEY,
    postcode TEXT    NOT NULL REFERENCES areas,
    service  TEXT    NOT NULL CHECK (service IN ('internet', 'telephone')),
    cause    TEXT    NOT NULL,
    began_at INTEGER NOT NULL,
    ends_at  INTEGER NOT NULL CHECK (ends_at > began_at) -- when it is expected to be mended, until it has been
) STRICT;

CREATE INDEX outages_of_an_area ON outages (postcode, ends_at);

CREATE TABLE messages (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    department  TEXT    NOT NULL CHECK (department IN ('billing', 'sales', 'technical', 'management')),
    customer_id INTEGER REFERENCES customers,
    phone       TEXT,
    body        TEXT    NOT NULL,
    left_at     INTEGER NOT NULL,
    call_at     INTEGER -- set for a callback: the start of the hour in which to call
) STRICT;

CREATE INDEX callbacks ON messages (call_at) WHERE call_at IS NOT NULL;

-- What has been done under an idempotency key, committed together with the doing.
CREATE TABLE once (
    key     TEXT    PRIMARY KEY,
    made    INTEGER NOT NULL, -- the key of the row it made or changed
    made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
