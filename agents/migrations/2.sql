-- PINs, by which customers prove who they are, and refunds.

-- A PIN is kept as a hash: see company/pins.rs.
CREATE TABLE pins (
    customer_id INTEGER PRIMARY KEY REFERENCES customers,
    hash        BLOB    NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- One row a wrong PIN: a few of them lock the call, some more the account.
CREATE TABLE wrong_pins (
    id          INTEGER PRIMARY KEY,
    call        TEXT    NOT NULL,
    customer_id INTEGER NOT NULL REFERENCES customers,
    tried_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX wrong_pins_of_a_call ON wrong_pins (call);
CREATE INDEX wrong_pins_of_a_customer ON wrong_pins (customer_id, tried_at);

CREATE TABLE refunds (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id INTEGER NOT NULL REFERENCES customers,
    cents       INTEGER NOT NULL CHECK (cents > 0),
    currency    TEXT    NOT NULL DEFAULT 'USD' CHECK (currency = 'USD'),
    card_last4  TEXT    NOT NULL,
    reason      TEXT    NOT NULL CHECK (reason <> ''),
    refunded_at INTEGER NOT NULL
) STRICT;

CREATE INDEX refunds_of_a_customer ON refunds (customer_id, refunded_at);

INSERT INTO sqlite_sequence (name, seq) VALUES ('refunds', 6000);

-- An entry belongs to an invoice or to a refund; until now there were no others than those of invoices.
CREATE TABLE entries_of_both (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    posted_at  INTEGER NOT NULL,
    debit      INTEGER NOT NULL REFERENCES ledger_accounts,
    credit     INTEGER NOT NULL REFERENCES ledger_accounts,
    cents      INTEGER NOT NULL CHECK (cents > 0),
    invoice_id INTEGER REFERENCES invoices,
    payment_id INTEGER REFERENCES payments,
    refund_id  INTEGER REFERENCES refunds,
    CHECK (debit <> credit),
    CHECK ((invoice_id IS NULL) <> (refund_id IS NULL)),
    CHECK (payment_id IS NULL OR refund_id IS NULL)
) STRICT;

INSERT INTO entries_of_both (id, posted_at, debit, credit, cents, invoice_id, payment_id)
SELECT id, posted_at, debit, credit, cents, invoice_id, payment_id FROM entries;

DROP TABLE entries;
ALTER TABLE entries_of_both RENAME TO entries;

CREATE INDEX entries_of_an_invoice ON entries (invoice_id);
CREATE INDEX entries_to_an_account ON entries (debit);
CREATE INDEX entries_from_an_account ON entries (credit);
CREATE INDEX entries_of_a_refund ON entries (refund_id);
