-- A row of the audit log is its canonical JSON and its hash; the columns that are filtered by are read out of it, so that they
-- cannot say anything else.
CREATE TABLE switchboard_audit (
    seq INTEGER PRIMARY KEY,
    at TEXT GENERATED ALWAYS AS (body ->> '$.at') STORED,
    kind TEXT GENERATED ALWAYS AS (body ->> '$.kind') STORED,
    call TEXT GENERATED ALWAYS AS (body ->> '$.call') STORED,
    caller TEXT GENERATED ALWAYS AS (body ->> '$.caller') STORED,
    tenant TEXT GENERATED ALWAYS AS (body ->> '$.tenant') STORED,
    agent TEXT GENERATED ALWAYS AS (body ->> '$.agent') STORED,
    tool TEXT GENERATED ALWAYS AS (body ->> '$.tool') STORED,
    trace_id TEXT GENERATED ALWAYS AS (body ->> '$.trace_id') STORED,
    outcome TEXT GENERATED ALWAYS AS (body ->> '$.outcome') STORED,
    body TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;

-- Every index is a page more in every commit, on the path of a call. So there is one for what tells rows apart, and one each for
-- the rows that are rare; the few tools, agents and tenants are found by reading from the newest row back.
CREATE INDEX switchboard_audit_trace_id ON switchboard_audit (trace_id);
CREATE INDEX switchboard_audit_call ON switchboard_audit (call);
CREATE INDEX switchboard_audit_caller ON switchboard_audit (caller);
CREATE INDEX switchboard_audit_kind ON switchboard_audit (kind) WHERE kind <> 'tool_call';
CREATE INDEX switchboard_audit_outcome ON switchboard_audit (outcome) WHERE outcome <> 'ok';

-- These stop mistakes; the chain of hashes shows what they do not stop.
CREATE TRIGGER switchboard_audit_is_not_changed BEFORE UPDATE ON switchboard_audit BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only: its rows are not changed');
END;
CREATE TRIGGER switchboard_audit_is_not_deleted BEFORE DELETE ON switchboard_audit BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only: its rows are not deleted');
END;

-- Where the chain ends. It makes a removed end show, and is what the next row follows.
CREATE TABLE switchboard_audit_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    rows INTEGER NOT NULL,
    hash TEXT NOT NULL
) STRICT;
INSERT INTO switchboard_audit_head
    VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- `since` is in microseconds of the Unix epoch: when the effect was begun, or finished if it is.
CREATE TABLE switchboard_effects (
    wish TEXT NOT NULL,
    generation INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('begun', 'finished', 'forgotten')),
    since INTEGER NOT NULL,
    output TEXT CHECK ((output IS NOT NULL) = (state = 'finished')),
    PRIMARY KEY (wish, generation)
) STRICT;
CREATE INDEX switchboard_effects_since ON switchboard_effects (since);

CREATE TABLE switchboard_usual_times (
    tool TEXT PRIMARY KEY,
    took_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
