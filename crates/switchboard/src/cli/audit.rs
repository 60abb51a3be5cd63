//! `switchboard audit`: what was done, by whom, and whether the log of it is whole.

mod print;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Subcommand;
use jiff::Timestamp;
use switchboard_store::{AuditFilter, AuditRow, Store, Verified};

use super::failure::{Failure, Outcome};
use super::output::out;
use super::{CommonFlags, settings, table};
use crate::audit::WantedRows;
use crate::database;
use crate::settings::DatabaseUrl;

const EXAMPLES: &str = "\
Examples:
  switchboard audit                              the newest rows
  switchboard audit --since 2h --outcome not_allowed
  switchboard audit --tool make_payment --caller C-1001 --json
  switchboard audit show 17                      all there is about one row
  switchboard audit verify                       has anybody changed the log?

Every tool call is a row, written before the caller hears its answer; so is every decision of a
person, every change of the policies and every switch of the degradation. Secrets are not in it.
Each row carries a hash over itself and the row before: `verify` walks this chain, and its exit
code is 1 if a row was changed, moved, removed or added. Keep the head that it prints elsewhere: it
shows later whether the whole log was written anew. All of it works while the server runs.";

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
    #[arg(value_name = "SEQ", value_parser = clap::value_parser!(u64).range(1..))]
    seq: u64,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, clap::Args)]
struct Verify {
    #[command(flatten)]
    place: Place,
}

/// Where the log is.
#[derive(Debug, clap::Args)]
struct Place {
    #[arg(
        long,
        value_name = "FILE",
        help = "Read this configuration file [default: switchboard.toml, if it is there]"
    )]
    config: Option<PathBuf>,
    #[arg(
        long,
        value_name = "URL",
        help = "Read the log here: the server's database [env: SWITCHBOARD_DATABASE] [default: sqlite://switchboard.db]"
    )]
    database: Option<String>,
}

impl Place {
    /// Opens the store of this place, or of the flags before the command's name. It must be there: a slip in its name
    /// should not show an empty log.
    async fn open(self, before: CommonFlags) -> Result<Arc<dyn Store>, Failure> {
        let ours =
            CommonFlags { config: self.config, database: self.database, ..CommonFlags::default() };
        let settings = settings(&ours.or(before).into_flags())?;
        if let DatabaseUrl::Sqlite(path) = &settings.database.value
            && !path.exists()
        {
            return Err(Failure::because(format!(
                "there is no audit log yet: {} (from {}) does not exist; `switchboard serve` makes it, --database names another",
                path.display(),
                settings.database.source
            )));
        }
        Ok(database::open(&settings.database).await?)
    }
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
        let filter = self.rows.filter(Timestamp::now());
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

impl Verify {
    async fn run(self, before: CommonFlags) -> Outcome {
        let verified = self.place.open(before).await?.verify_audit().await?;
        out(&verdict(verified)?)
    }
}

/// The row of a number.
async fn row(store: &dyn Store, seq: u64) -> Result<AuditRow, Failure> {
    let filter = AuditFilter { after: Some(seq - 1), limit: 1, ..AuditFilter::default() };
    let row = store.audit(filter).await?.pop().filter(|row| row.seq == seq);
    row.ok_or_else(|| {
        Failure::because(format!("the audit log has no row {seq}; `switchboard audit` lists rows"))
    })
}

fn verdict(verified: Verified) -> Result<String, Failure> {
    match verified {
        Verified::Intact { rows, head } => Ok(format!(
            "The audit log is whole: {rows} row{}, head {head}\n",
            if rows == 1 { "" } else { "s" }
        )),
        Verified::Broken { seq, why } => Err(Failure::because(format!(
            "the audit log is broken at row {seq}: {why}; all before it is as it was written"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use switchboard_store::{AuditEntry, AuditKind, Break, MemoryStore};

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
        for line in ["audit --since yesterday", "audit show 0", "audit --tool pay verify"] {
            assert!(read(line).is_err(), "{line}");
        }
        let error = read("audit --since yesterday").unwrap_err().to_string();
        assert!(error.contains("how long ago: 90s, 15m"), "{error}");
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

    #[test]
    fn a_broken_log_fails_the_command() {
        let intact = verdict(Verified::Intact { rows: 3, head: "ab12".to_owned() }).unwrap();
        assert_eq!(intact, "The audit log is whole: 3 rows, head ab12\n");
        let broken = verdict(Verified::Broken { seq: 2, why: Break::Missing }).unwrap_err();
        assert!(broken.reasons()[0].contains("broken at row 2: the row is missing"));
    }

    #[tokio::test]
    async fn a_log_that_is_not_there_is_explained() {
        let place = Place { config: None, database: Some("sqlite:///nowhere/x.db".to_owned()) };
        let failure = place.open(CommonFlags::default()).await.unwrap_err();
        assert!(failure.reasons()[0].contains("/nowhere/x.db (from --database)"), "{failure:?}");
    }
}
