//! The chain of hashes that makes the audit log show tampering.
//!
//! A row is kept as its *body*: its canonical JSON, which is one line, with the keys of every object in alphabetical order, and
//! nothing for an absent field. Its hash is SHA-256 over the previous row's hash (64 hexadecimal digits; zeros before the first row)
//! and the body, so that anybody can check a row by hand: `printf '%s%s' "$previous" "$body" | sha256sum`. Beside the rows stands
//! the head: how many rows there are, and the last one's hash; it makes a removed end show.
//!
//! What the chain cannot show is a file in which everything was computed anew. For that, keep the head of a verification elsewhere.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::audit::with_six_digits;
use crate::clock::whole_microseconds;
use crate::{AuditEntry, AuditRow};

/// What the first row follows.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What walking the chain has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verified {
    /// Every row is as it was written, and none is missing.
    Intact {
        /// How many there are.
        rows: u64,
        /// The last one's hash, zeros if there is none. Kept elsewhere, it shows later whether everything up to here was rewritten.
        head: String,
    },
    /// The log was changed from outside.
    Broken {
        /// The first row that is not as it was written.
        seq: u64,
        /// What is wrong with it.
        why: Break,
    },
}

/// What is wrong with a row of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Break {
    /// It is not there, though later ones are, or the head counts it.
    #[error("the row is missing")]
    Missing,
    /// It is another row, put in this one's place.
    #[error("another row stands in its place")]
    Moved,
    /// It is not what was written, or the row before it is not.
    #[error("the row or the hash before it was changed: they do not give the row's hash")]
    Changed,
    /// It was added past the log.
    #[error("the row was added past the log: the head does not count it")]
    Added,
    /// The head has another hash than the last row.
    #[error("the head of the log was changed: it is not this row's hash")]
    Head,
    /// There is no head.
    #[error("the head of the log is missing")]
    NoHead,
}

/// The end of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// How many rows there are.
    pub(crate) rows: u64,
    /// The last one's hash.
    pub(crate) hash: String,
}

/// A row that has its place in the chain.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    /// The row.
    pub(crate) row: AuditRow,
    /// Its canonical JSON.
    pub(crate) body: String,
}

/// A row, without its hash.
#[derive(Serialize, Deserialize)]
struct Body {
    seq: u64,
    #[serde(serialize_with = "with_six_digits")]
    at: Timestamp,
    #[serde(flatten)]
    entry: AuditEntry,
}

impl Head {
    /// The head of a log without a row.
    pub(crate) fn empty() -> Self {
        Self { rows: 0, hash: GENESIS.to_owned() }
    }

    /// Gives an entry its place at the end of the chain, which moves on.
    pub(crate) fn seal(&mut self, mut entry: AuditEntry, at: Timestamp) -> Sealed {
        entry.took = entry.took.map(whole_microseconds);
        let body = Body { seq: self.rows + 1, at, entry };
        let mut json = serde_json::to_value(&body).expect("strings and numbers are always JSON");
        json.sort_all_objects();
        let json = json.to_string();
        *self = Self { rows: body.seq, hash: link(&self.hash, json.as_bytes()) };
        let row = AuditRow { seq: body.seq, at, entry: body.entry, hash: self.hash.clone() };
        Sealed { row, body: json }
    }
}

impl AuditRow {
    /// Reads a row back from its canonical JSON.
    pub(crate) fn unseal(body: &[u8], hash: String) -> serde_json::Result<Self> {
        let Body { seq, at, entry } = serde_json::from_slice(body)?;
        Ok(Self { seq, at, entry, hash })
    }
}

/// A walk along the chain: hand it every row in the order of the numbers, then the head.
#[derive(Debug)]
pub(crate) struct Walk {
    reached: Head,
}

impl Walk {
    /// A walk that starts behind this point, which is taken for right.
    pub(crate) fn from(reached: Head) -> Self {
        Self { reached }
    }

    /// Passes the row that stands under this number, or says what is wrong with it.
    pub(crate) fn pass(&mut self, seq: u64, body: &[u8], hash: &[u8]) -> Result<(), Verified> {
        let expected = self.reached.rows + 1;
        let broken = |why| Err(Verified::Broken { seq: expected, why });
        if seq != expected {
            return broken(if seq > expected { Break::Missing } else { Break::Added });
        }
        let link = link(&self.reached.hash, body);
        if link.as_bytes() != hash {
            let written = AuditRow::unseal(body, String::new()).map(|row| row.seq);
            let moved = written.is_ok_and(|written| written != seq);
            return broken(if moved { Break::Moved } else { Break::Changed });
        }
        self.reached = Head { rows: seq, hash: link };
        Ok(())
    }

    /// Ends the walk at the head, which says how long the chain is.
    pub(crate) fn end(self, head: Option<&Head>) -> Verified {
        let Head { rows, hash } = self.reached;
        match head {
            None => Verified::Broken { seq: rows, why: Break::NoHead },
            Some(head) if head.rows > rows => {
                Verified::Broken { seq: rows + 1, why: Break::Missing }
            }
            Some(head) if head.rows < rows => {
                Verified::Broken { seq: head.rows + 1, why: Break::Added }
            }
            Some(head) if head.hash != hash => Verified::Broken { seq: rows, why: Break::Head },
            Some(_) => Verified::Intact { rows, head: hash },
        }
    }
}

/// The hash of a row that follows the one with this hash.
fn link(previous: &str, body: &[u8]) -> String {
    let digest = Sha256::new().chain_update(previous).chain_update(body).finalize();
    digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
        hex
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::AuditKind;

    const AT: Timestamp = Timestamp::constant(1_800_000_000, 0);

    fn rows(count: usize) -> (Vec<Sealed>, Head) {
        let mut head = Head::empty();
        let mut seal = |n: usize| {
            head.seal(AuditEntry::new(AuditKind::ToolCall, "allowed", n.to_string()), AT)
        };
        let rows = (0..count).map(&mut seal).collect();
        (rows, head)
    }

    fn walk(rows: &[Sealed], head: Option<&Head>) -> Verified {
        let mut walk = Walk::from(Head::empty());
        for sealed in rows {
            if let Err(broken) =
                walk.pass(sealed.row.seq, sealed.body.as_bytes(), sealed.row.hash.as_bytes())
            {
                return broken;
            }
        }
        walk.end(head)
    }

    #[test]
    fn the_hash_is_the_one_that_anybody_can_compute() {
        let mut entry = AuditEntry::new(AuditKind::ToolCall, "allowed", "ok");
        entry.arguments = Some(json!({ "b": 1, "a": { "d": 2, "c": 3 } }));
        let sealed = Head::empty().seal(entry, AT);
        assert_eq!(
            sealed.body,
            r#"{"arguments":{"a":{"c":3,"d":2},"b":1},"at":"2027-01-15T08:00:00.000000Z","decision":"allowed","kind":"tool_call","outcome":"ok","seq":1}"#
        );
        assert_eq!(
            sealed.row.hash,
            format!("{:x}", Sha256::digest(GENESIS.to_owned() + &sealed.body))
        );
    }

    #[test]
    fn a_row_reads_back_as_it_was() {
        let mut entry = AuditEntry::new(AuditKind::Approval, "asked", "ok");
        entry.took = Some(Duration::from_nanos(1_234_567));
        entry.by = Some("Ada \"the\" \u{0} O'Neill".into());
        entry.arguments = Some(json!([null, 18_446_744_073_709_551_615_u64, -1, "x"]));
        let Sealed { row, body } = Head::empty().seal(entry, AT);
        assert_eq!(row.entry.took, Some(Duration::from_micros(1_234)));
        assert_eq!(AuditRow::unseal(body.as_bytes(), row.hash.clone()).unwrap(), row);
    }

    #[test]
    fn an_untouched_chain_is_intact() {
        let (rows, head) = rows(5);
        assert_eq!(walk(&rows, Some(&head)), Verified::Intact { rows: 5, head: head.hash.clone() });
        assert_eq!(
            walk(&[], Some(&Head::empty())),
            Verified::Intact { rows: 0, head: GENESIS.to_owned() }
        );
    }

    #[test]
    fn every_touch_shows_at_the_first_row_it_harms() {
        let broken = |seq, why| Verified::Broken { seq, why };
        let (whole, head) = rows(5);

        let mut changed = whole.clone();
        changed[2].body = changed[2].body.replace("allowed", "refused");
        assert_eq!(walk(&changed, Some(&head)), broken(3, Break::Changed));
        changed[2].row.hash = link(&changed[1].row.hash, changed[2].body.as_bytes());
        assert_eq!(walk(&changed, Some(&head)), broken(4, Break::Changed));

        let mut removed = whole.clone();
        removed.remove(1);
        assert_eq!(walk(&removed, Some(&head)), broken(2, Break::Missing));
        assert_eq!(walk(&whole[..3], Some(&head)), broken(4, Break::Missing));
        assert_eq!(walk(&[], Some(&head)), broken(1, Break::Missing));

        let mut swapped = whole.clone();
        (swapped[1].body, swapped[3].body) = (whole[3].body.clone(), whole[1].body.clone());
        assert_eq!(walk(&swapped, Some(&head)), broken(2, Break::Moved));

        let (longer, _) = rows(6);
        assert_eq!(walk(&longer, Some(&head)), broken(6, Break::Added));
        assert_eq!(walk(&whole, None), broken(5, Break::NoHead));
        let other = Head { rows: 5, hash: GENESIS.to_owned() };
        assert_eq!(walk(&whole, Some(&other)), broken(5, Break::Head));
    }
}
