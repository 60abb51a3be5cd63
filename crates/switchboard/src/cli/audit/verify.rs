//! `switchboard audit verify`: is the log whole, and is it the one whose head was kept elsewhere?

use switchboard_store::{AuditFilter, AuditRow, Store, Verified};

use super::place::Place;
use crate::audit::row_number;
use crate::cli::CommonFlags;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::output::out;

/// How many rows are read at once in search of a hash.
const PAGE: usize = 1_000;

#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    #[command(flatten)]
    kept: Kept,
    #[command(flatten)]
    place: Place,
}

/// What an earlier verification printed.
#[derive(Debug, Default, clap::Args)]
struct Kept {
    /// The log must hold this head, which an earlier `verify` printed
    #[arg(long, value_name = "HASH", value_parser = hash)]
    head: Option<String>,
    /// The log must have had so many rows then
    #[arg(long, value_name = "NUMBER", value_parser = row_number)]
    rows: Option<u64>,
}

impl Verify {
    pub(super) async fn run(self, before: CommonFlags) -> Outcome {
        let store = self.place.open(before).await?;
        let verdict = verdict(store.verify_audit().await?)?;
        self.kept.held(&*store).await?;
        out(&verdict)
    }
}

impl Kept {
    /// Whether the log has grown out of the one that was seen then: otherwise it was cut, or replaced whole.
    async fn held(&self, store: &dyn Store) -> Outcome {
        match (&self.head, self.rows) {
            (None, None) => Ok(()),
            (None, Some(rows)) => there(store, rows).await.map(drop),
            (Some(head), Some(rows)) => {
                let found = there(store, rows).await?.hash;
                if found == *head {
                    return Ok(());
                }
                Err(Failure::because(format!(
                    "the audit log is another: the hash of row {rows} is {found}, not {head}; it was replaced or written anew"
                )))
            }
            (Some(head), None) if is_in(store, head).await? => Ok(()),
            (Some(head), None) => Err(Failure::because(format!(
                "the audit log has no row with the hash {head}: it was cut, replaced or written anew"
            ))),
        }
    }
}

/// The last row of the log as it was with so many rows.
async fn there(store: &dyn Store, rows: u64) -> Result<AuditRow, Failure> {
    super::at(store, rows).await?.ok_or_else(|| {
        Failure::because(format!(
            "the audit log has no row {rows} any more: its end was cut off, or it was replaced"
        ))
    })
}

async fn is_in(store: &dyn Store, head: &str) -> Result<bool, Failure> {
    let mut after = 0;
    loop {
        let page = AuditFilter { after: Some(after), limit: PAGE, ..AuditFilter::default() };
        let rows = store.audit(page).await?;
        let Some(last) = rows.last() else { return Ok(false) };
        after = last.seq;
        if rows.iter().any(|row| row.hash == head) {
            return Ok(true);
        }
    }
}

/// What walking the chain has shown. A log without a row proves nothing, and so is a failure.
fn verdict(verified: Verified) -> Result<String, Failure> {
    match verified {
        Verified::Intact { rows: 0, .. } => {
            Err(Failure::because("the audit log is empty: nothing to verify"))
        }
        Verified::Intact { rows, head } => Ok(format!(
            "The audit log is whole: {rows} row{}, head {head}\n",
            if rows == 1 { "" } else { "s" }
        )),
        Verified::Broken { seq, why } => Err(Failure::because(format!(
            "the audit log is broken at row {seq}: {why}; all before it is as it was written"
        ))),
    }
}

/// Reads a hash.
fn hash(text: &str) -> Result<String, &'static str> {
    let readable = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    readable
        .then(|| text.to_ascii_lowercase())
        .ok_or("a head is 64 hexadecimal digits, as `switchboard audit verify` prints it")
}

#[cfg(test)]
mod tests {
    use switchboard_store::{AuditEntry, AuditKind, Break, MemoryStore};

    use super::*;

    #[test]
    fn a_broken_or_empty_log_fails_the_command() {
        let intact = verdict(Verified::Intact { rows: 3, head: "ab12".to_owned() }).unwrap();
        assert_eq!(intact, "The audit log is whole: 3 rows, head ab12\n");
        let broken = verdict(Verified::Broken { seq: 2, why: Break::Missing }).unwrap_err();
        assert!(broken.reasons()[0].contains("broken at row 2: the row is missing"));
        let empty = verdict(Verified::Intact { rows: 0, head: "00".to_owned() }).unwrap_err();
        assert_eq!(empty.reasons(), ["the audit log is empty: nothing to verify"]);
    }

    #[tokio::test]
    async fn a_log_must_have_grown_out_of_the_one_whose_head_was_kept() {
        let store = MemoryStore::new();
        let mut heads = Vec::new();
        for _ in 0..3 {
            let entry = AuditEntry::new(AuditKind::ToolCall, "allowed", "ok");
            heads.push(store.append_audit(entry).await.unwrap().hash);
        }
        let held = async |head: Option<&String>, rows| {
            let kept = Kept { head: head.cloned(), rows };
            kept.held(&store).await.map_err(|failure| failure.reasons()[0].clone())
        };
        for (head, rows) in
            [(Some(&heads[1]), Some(2)), (Some(&heads[1]), None), (None, Some(3)), (None, None)]
        {
            held(head, rows).await.unwrap();
        }
        let elsewhere = "0".repeat(64);
        for (head, rows, why) in [
            (Some(&heads[1]), Some(3), "the hash of row 3"),
            (Some(&heads[1]), Some(4), "no row 4 any more"),
            (None, Some(4), "no row 4 any more"),
            (Some(&elsewhere), None, "no row with the hash 0000"),
        ] {
            let reason = held(head, rows).await.unwrap_err();
            assert!(reason.contains(why), "{reason}");
        }
    }

    #[test]
    fn a_head_is_read_as_it_was_printed() {
        assert_eq!(hash(&"AB".repeat(32)), Ok("ab".repeat(32)));
        assert!(hash("ab12").is_err() && hash(&"x".repeat(64)).is_err());
    }
}
