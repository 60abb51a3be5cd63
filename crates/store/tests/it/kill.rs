//! A process that is killed while it writes: what it acknowledged is there.
//!
//! The test runs its own program a second time, with one test and a place in the environment: that is the process to be killed.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use switchboard_store::{
    AuditEntry, AuditFilter, AuditKind, Begun, SqliteStore, Store, Verified, Wish,
};

use crate::scratch::Scratch;

/// Where the process to be killed finds its file.
const PLACE: &str = "SWITCHBOARD_STORE_TEST_FILE";

/// Whether it writes on the threads that ask.
const HERE: &str = "SWITCHBOARD_STORE_TEST_HERE";

const ROUNDS: usize = 20;
const WRITERS: usize = 4;

fn wish(key: &str) -> Wish {
    Wish { key: key.into(), window: Duration::from_secs(3_600) }
}

#[tokio::test]
async fn the_process_to_be_killed() {
    let Some(place) = std::env::var_os(PLACE) else { return };
    if std::env::var_os(HERE).is_some() {
        switchboard_store::may_wait_here();
    }
    let store = Arc::new(SqliteStore::open(&PathBuf::from(place)).await.unwrap());
    let writers = (0..WRITERS).map(|writer| tokio::spawn(write(Arc::clone(&store), writer)));
    futures_util::future::join_all(writers).await;
}

/// Writes for ever, and prints what was acknowledged.
async fn write(store: Arc<SqliteStore>, writer: usize) {
    for number in 0.. {
        let key = format!("{}-{writer}-{number}", std::process::id());
        let row = store.append_audit(AuditEntry::new(AuditKind::ToolCall, "allowed", &key)).await;
        print(&format!("row {} {key}", row.unwrap().seq));
        let begun = store.begin_effect(wish(&key)).await.unwrap();
        print(&format!("begun {} -", begun.key()));
        if number % 2 == 0 {
            store.finish_effect(begun.key(), format!("out-{key}")).await.unwrap();
            print(&format!("finished {} out-{key}", begun.key()));
        }
    }
}

fn print(line: &str) {
    writeln!(std::io::stdout().lock(), "ack {line}").unwrap();
}

/// Starts the process, kills it after it has acknowledged that many things, and returns all that it acknowledged.
fn run_and_kill(file: &Path, after: usize, here: bool) -> Vec<String> {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .envs(here.then_some((HERE, "1")))
        .args(["--exact", "kill::the_process_to_be_killed", "--nocapture"])
        .env(PLACE, file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    for line in lines {
        let line = line.unwrap();
        if let Some((_, acknowledgement)) = line.split_once("ack ") {
            acknowledged.push(acknowledgement.to_owned());
        }
        if acknowledged.len() == after {
            process.kill().unwrap();
        }
    }
    process.wait().unwrap();
    acknowledged
}

#[tokio::test]
async fn what_was_acknowledged_before_a_kill_is_there() {
    let scratch = Scratch::new();
    for round in 1..=ROUNDS {
        let acknowledged = run_and_kill(&scratch.file(), 7 * round, round % 2 == 0);
        assert!(acknowledged.len() >= 7 * round, "it wrote until it was killed");
        let store = SqliteStore::open(&scratch.file()).await.unwrap();
        let verified = store.verify_audit().await.unwrap();
        assert!(matches!(verified, Verified::Intact { .. }), "{verified:?}");
        let all = AuditFilter { limit: usize::MAX, ..AuditFilter::default() };
        let rows = store.audit(all).await.unwrap().into_iter();
        let rows: HashMap<_, _> = rows.map(|row| (row.seq, row.entry.outcome)).collect();
        for acknowledgement in acknowledged {
            check(&store, &rows, &acknowledgement).await;
        }
    }
}

/// Looks for what was acknowledged.
async fn check(store: &SqliteStore, rows: &HashMap<u64, String>, acknowledgement: &str) {
    let words: Vec<_> = acknowledgement.split(' ').collect();
    let [what, key, value] = words[..] else { panic!("{acknowledgement}") };
    if what == "row" {
        assert_eq!(rows.get(&key.parse().unwrap()).map(String::as_str), Some(value));
        return;
    }
    let begun = store.begin_effect(wish(key.strip_suffix(".1").unwrap())).await.unwrap();
    assert_eq!(begun.key(), key);
    match begun {
        Begun::New { .. } => panic!("lost: {acknowledgement}"),
        // The result may have been kept without being acknowledged.
        Begun::Finished { output, .. } if what == "finished" => assert_eq!(output, value),
        known => assert!(what == "begun", "{acknowledgement}: {known:?}"),
    }
}
