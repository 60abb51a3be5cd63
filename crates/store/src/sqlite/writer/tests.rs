//! What the writer does when something goes wrong.

use std::path::Path;
use std::sync::mpsc;

use rusqlite::TransactionBehavior;

use super::*;
use crate::may_wait_here;
use crate::sqlite::open;

fn writer() -> Writer {
    let connection = open::in_memory();
    let usual = UsualTimes::load(&connection).unwrap();
    start(connection, usual)
}

fn start(connection: Connection, usual: UsualTimes) -> Writer {
    let checkpoints = Checkpoints::start(open::in_memory()).unwrap();
    Writer::start(connection, checkpoints, &file(), usual).unwrap()
}

/// What errors name.
fn file() -> File {
    File::at(Path::new("test.db")).unwrap()
}

/// Puts something that takes room into the database.
fn insert(tool: &str) -> impl FnMut(&mut Batch<'_>) -> rusqlite::Result<()> + Send + 'static {
    let tool = tool.repeat(1_000);
    move |batch| {
        batch.execute("INSERT INTO switchboard_usual_times VALUES (?1, 1)", [&tool]).map(drop)
    }
}

fn count(batch: &mut Batch<'_>) -> rusqlite::Result<u32> {
    batch.query_row("SELECT count(*) FROM switchboard_usual_times", (), |row| row.get(0))
}

/// Keeps the store's thread busy until the sender is dropped, so that what is asked meanwhile is made together.
async fn busy(writer: &Writer) -> mpsc::Sender<()> {
    let (done, wait) = mpsc::channel::<()>();
    let (begun, has_begun) = mpsc::channel();
    let wait = std::sync::Mutex::new(wait);
    let held = move |_: &mut Batch<'_>| {
        let _ = begun.send(());
        let _ = wait.lock().unwrap().recv();
        Ok(())
    };
    drop(writer.ask(held).await);
    has_begun.recv().unwrap();
    done
}

/// How many pages the database may have, none for as many as it likes.
fn room(pages: Option<u32>) -> impl FnMut(&mut Batch<'_>) -> rusqlite::Result<()> + Send {
    move |batch| {
        let now: u32 = batch.query_row("PRAGMA page_count", (), |row| row.get(0))?;
        let most = pages.map_or(1_000_000, |pages| now + pages);
        batch.query_row(&format!("PRAGMA max_page_count = {most}"), (), |_| Ok(()))
    }
}

#[tokio::test]
async fn a_change_that_fails_harms_only_itself() {
    let writer = writer();
    let done = busy(&writer).await;
    let good = writer.ask(insert("a")).await;
    let bad = writer.ask(|batch| batch.execute("nonsense", ())).await;
    let better = writer.ask(insert("b")).await;
    drop(done);
    assert!(good.await.unwrap().is_ok());
    assert!(matches!(bad.await.unwrap(), Err(StoreError::Corrupt { .. })));
    assert!(better.await.unwrap().is_ok());
    assert_eq!(writer.write(count).await.unwrap(), 2);
}

#[tokio::test]
async fn a_full_disk_fails_every_change_until_there_is_room_again() {
    let writer = writer();
    writer.write(room(Some(0))).await.unwrap();
    let mut failed = None;
    for number in 0..100 {
        failed = writer.write(insert(&number.to_string())).await.err();
        if failed.is_some() {
            break;
        }
    }
    let failed = failed.expect("the disk is full in the end");
    assert!(matches!(failed, StoreError::Unavailable { .. }), "{failed}");
    assert!(failed.to_string().contains("test.db") && failed.to_string().contains("disk is full"));
    let done = busy(&writer).await;
    let together = [writer.ask(insert("x")).await, writer.ask(insert("y")).await];
    drop(done);
    for answer in together {
        assert!(answer.await.unwrap().is_err());
    }
    writer.write(room(None)).await.unwrap();
    writer.write(insert("z")).await.unwrap();
}

#[tokio::test]
async fn while_another_process_writes_nothing_is_kept_and_then_it_is() {
    let shared = "file:busy?mode=memory&cache=shared";
    let mut other = Connection::open(shared).unwrap();
    other
        .execute_batch("CREATE TABLE switchboard_usual_times (tool TEXT, took_us INTEGER)")
        .unwrap();
    let connection = Connection::open(shared).unwrap();
    let usual = UsualTimes::load(&connection).unwrap();
    let writer = start(connection, usual);
    let held = other.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
    // Left to the store's thread, which waits in vain.
    may_wait_here();
    let error = writer.write(insert("a")).await.unwrap_err();
    assert!(error.to_string().contains("another process has kept it locked"), "{error}");
    held.commit().unwrap();
    writer.write(insert("a")).await.unwrap();
    assert_eq!(writer.write(count).await.unwrap(), 1);
}

#[tokio::test]
async fn after_a_panic_everybody_is_told_that_the_store_is_closed() {
    let writer = writer();
    let done = busy(&writer).await;
    let before = writer.ask(insert("a")).await;
    let panics = |_: &mut Batch<'_>| -> rusqlite::Result<()> { panic!("a bug in the store") };
    let at = writer.ask(panics).await;
    let behind = writer.ask(insert("b")).await;
    drop(done);
    assert!(before.await.is_err() && at.await.is_err() && behind.await.is_err());
    let later = writer.write(insert("c")).await.unwrap_err();
    assert!(matches!(later, StoreError::Closed { .. }), "{later}");
}

#[tokio::test]
async fn what_was_asked_is_made_although_nobody_waits_for_it() {
    let writer = writer();
    drop(writer.ask(insert("a")).await);
    assert_eq!(writer.write(count).await.unwrap(), 1);
}

#[tokio::test]
async fn a_thread_that_may_wait_writes_itself() {
    let on_thread = |_: &mut Batch<'_>| Ok(thread::current().id());
    let writer = writer();
    assert_ne!(writer.write(on_thread).await.unwrap(), thread::current().id());
    may_wait_here();
    // The store's own thread may be about to lie down.
    let mut here = false;
    for _ in 0..1_000 {
        here |= writer.write(on_thread).await.unwrap() == thread::current().id();
    }
    assert!(here);
}

#[tokio::test]
async fn a_thread_that_may_wait_does_not_wait_for_another_writer() {
    let writer = writer();
    let done = busy(&writer).await;
    may_wait_here();
    let asked = writer.ask(insert("a")).await;
    drop(done);
    asked.await.unwrap().unwrap();
}

#[tokio::test]
async fn after_a_panic_on_the_asking_thread_the_store_is_closed_too() {
    may_wait_here();
    let writer = writer();
    let panics = |_: &mut Batch<'_>| -> rusqlite::Result<()> { panic!("a bug in the store") };
    let at = writer.write(panics).await.unwrap_err();
    let later = writer.write(insert("c")).await.unwrap_err();
    assert!(matches!((at, later), (StoreError::Closed { .. }, StoreError::Closed { .. })));
}

#[tokio::test]
async fn the_copy_of_the_usual_times_has_what_was_committed() {
    let connection = open::in_memory();
    let usual = UsualTimes::load(&connection).unwrap();
    let writer = start(connection, usual.clone());
    let learn = |tool: &'static str| {
        move |batch: &mut Batch<'_>| super::super::usual::learn(batch, tool, Duration::from_secs(1))
    };
    let done = busy(&writer).await;
    drop(writer.ask(learn("pay")).await);
    let fails = move |batch: &mut Batch<'_>| {
        learn("book")(batch)?;
        batch.execute("nonsense", ())
    };
    let failed = writer.ask(fails).await;
    drop(done);
    assert!(failed.await.unwrap().is_err());
    assert_eq!(usual.all().into_keys().collect::<Vec<_>>(), ["pay"]);
}
