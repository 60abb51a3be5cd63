//! `switchboard audit`: what was done, by whom, and whether the log of it is whole.

mod place;
mod print;
mod verify;

use clap::Subcommand;
use jiff::Timestamp;
use switchboard_store::{AuditFilter, AuditRow, Store, StoreError};

use self::place::Place;
use self::verify::Verify;
use super::failure::{Failure, Outcome};
use super::output::out;
use super::{CommonFlags, table};
use crate::audit::{WantedRows, row_number};

const EXAMPLES: &str = "\
Examples:
  switchboard audit                              the newest rows
  switchboard audit --since 2h --outcome not_allowed
  switchboard audit --tool make_payment --caller C-1001 --json
  switchboard audit show 17                      all there is about one row
  switchboard audit verify                       has anybody changed the log?
  switchboard audit verify --head 5f0c... --rows 1204
                                                 and is it still the one that I saw then?

Every tool call is a row, written before the caller hears its answer; so is every decision of a
person, every change of the policies and every switch of the degradation. Secrets are not in it.
Each row carries a hash over itself and the row before: `verify` walks this chain, and its exit
code is 1 if a row was changed, moved, removed or added. Keep the head that it prints elsewhere, and
hand it back with --head and --rows: that shows whether the log was cut or written anew as a whole.
All of it works while the server runs.";

/// List, show and verify the log of what was done
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(super) struct Audit {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    list: List,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List rows, oldest first (the default)
    List(Box<List>),
    /// Show all there is about one row
    Show(Show),
    /// Check that no row was changed, moved, removed or added
    Verify(Verify),
}

#[derive(Debug, clap::Args)]
struct List {
    #[command(flatten)]
    rows: WantedRows,
    /// Print the rows as a JSON list, with their arguments and hashes
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, clap::Args)]
struct Show {
    /// The row's number
    #[arg(value_name = "SEQ", value_parser = row_number)]
    seq: u64,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn run(audit: Audit, before: CommonFlags) -> Outcome {
    match audit.action.unwrap_or(Action::List(Box::new(audit.list))) {
        Action::List(list) => list.run(before).await,
        Action::Show(show) => show.run(before).await,
        Action::Verify(verify) => verify.run(before).await,
    }
}

impl List {
    async fn run(self, before: CommonFlags) -> Outcome {
        let filter = self.rows.filter(Timestamp::now())?;
        let rows = self.place.open(before).await?.audit(filter.clone()).await?;
        if self.json {
            return out(&print::json(&rows)?);
        }
        out(&print::listed(&rows, table::columns()))?;
        if rows.len() == filter.limit && self.rows.limit.is_none() {
            out(&format!(
                "There may be more rows than these {}: --limit shows more.\n",
                rows.len()
            ))?;
        }
        Ok(())
    }
}

impl Show {
    async fn run(self, before: CommonFlags) -> Outcome {
        let store = self.place.open(before).await?;
        let row = row(&*store, self.seq).await?;
        out(&if self.json { print::json_row(&row)? } else { print::shown(&row)? })
    }
}

/// The row of a number, which must be there.
async fn row(store: &dyn Store, seq: u64) -> Result<AuditRow, Failure> {
    at(store, seq).await?.ok_or_else(|| {
        Failure::because(format!("the audit log has no row {seq}; `switchboard audit` lists rows"))
    })
}

/// The row of a number, from 1, if there is one.
async fn at(store: &dyn Store, seq: u64) -> Result<Option<AuditRow>, StoreError> {
    let filter = AuditFilter { after: Some(seq - 1), limit: 1, ..AuditFilter::default() };
    Ok(store.audit(filter).await?.pop().filter(|row| row.seq == seq))
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use switchboard_store::{AuditEntry, AuditKind, MemoryStore};

    use super::*;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        audit: Audit,
    }

    fn read(line: &str) -> Result<Audit, clap::Error> {
        Program::try_parse_from(line.split(' ')).map(|program| program.audit)
    }

    #[test]
    fn listing_is_what_no_action_means() {
        let audit = read("audit --tool pay --since 2h").unwrap();
        assert!(audit.action.is_none());
        assert_eq!(audit.list.rows.tool.as_deref(), Some("pay"));
        let Some(Action::List(list)) = read("audit list --tool pay").unwrap().action else {
            panic!("a list is asked for");
        };
        assert_eq!(list.rows.tool.as_deref(), Some("pay"));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert!(read("audit --tool pay verify").is_err());
        for (line, why) in [
            ("audit --since yesterday", "how long ago: 90s, 15m"),
            ("audit show 0", "the number of a row is expected, from 1 up"),
            ("audit show first", "the number of a row is expected, from 1 up"),
            ("audit --limit 0", "a whole number from 1 up is expected"),
            ("audit --limit many", "a whole number from 1 up is expected"),
            ("audit --after -1", "the number of a row is expected"),
            ("audit --kind tool_cal", "did you mean `tool_call`?"),
            ("audit verify --rows 0", "the number of a row is expected, from 1 up"),
            ("audit verify --head ab12", "64 hexadecimal digits"),
        ] {
            let error = read(line).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[tokio::test]
    async fn a_row_is_found_by_its_number() {
        let store = MemoryStore::new();
        for tool in ["pay", "book"] {
            let mut entry = AuditEntry::new(AuditKind::ToolCall, "allowed", "ok");
            entry.tool = Some(tool.to_owned());
            store.append_audit(entry).await.unwrap();
        }
        assert_eq!(row(&store, 1).await.unwrap().entry.tool.as_deref(), Some("pay"));
        assert!(row(&store, 3).await.unwrap_err().reasons()[0].contains("no row 3"));
    }
}
