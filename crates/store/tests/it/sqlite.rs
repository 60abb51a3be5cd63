//! The store in a `SQLite` file: the suite, and what lasts.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use proptest::prelude::*;
use switchboard_store::{
    AuditEntry, AuditFilter, AuditKind, Begun, Clock, MemoryStore, SqliteStore, Store, Verified,
    Wish,
};

use crate::conformance::{Engine, Time, conformance};
use crate::scratch::Scratch;

/// A file in a directory of its own.
struct Sqlite {
    store: Arc<SqliteStore>,
    _scratch: Scratch,
}

impl Engine for Sqlite {
    async fn open(clock: Clock) -> Self {
        let scratch = Scratch::new();
        let store = SqliteStore::open_with_clock(&scratch.file(), clock).await.unwrap();
        Self { store: Arc::new(store), _scratch: scratch }
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store) as _
    }
}

conformance!(Sqlite);

/// The same, asked on threads that may wait for the disk.
mod here {
    use super::*;

    struct Here(Sqlite);

    impl Engine for Here {
        async fn open(clock: Clock) -> Self {
            switchboard_store::may_wait_here();
            Self(Sqlite::open(clock).await)
        }

        fn store(&self) -> Arc<dyn Store> {
            self.0.store()
        }
    }

    conformance!(Here);
}

fn entry() -> AuditEntry {
    AuditEntry::new(AuditKind::ToolCall, "allowed", "ok")
}

fn wish() -> Wish {
    Wish { key: "pay".into(), window: Duration::from_secs(120) }
}

#[tokio::test]
async fn what_one_process_kept_the_next_one_finds() {
    let scratch = Scratch::new();
    let store = SqliteStore::open(&scratch.file()).await.unwrap();
    let row = store.append_audit(entry()).await.unwrap();
    let key = store.begin_effect(wish()).await.unwrap().key().to_owned();
    store.finish_effect(&key, "{}".into()).await.unwrap();
    store.learn_time("pay", Duration::from_secs(3)).await.unwrap();
    drop(store);

    let store = SqliteStore::open(&scratch.file()).await.unwrap();
    assert_eq!(store.audit(AuditFilter::default()).await.unwrap(), [row]);
    let known = Begun::Finished { key, output: "{}".into() };
    assert_eq!(store.begin_effect(wish()).await.unwrap(), known);
    assert_eq!(store.usual_times().await.unwrap()["pay"], Duration::from_secs(3));
    assert_eq!(store.append_audit(entry()).await.unwrap().seq, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_on_one_file_keep_one_chain() {
    let scratch = Scratch::new();
    let append = |store: SqliteStore| async move {
        for _ in 0..200 {
            store.append_audit(entry()).await.unwrap();
        }
    };
    let one = tokio::spawn(append(SqliteStore::open(&scratch.file()).await.unwrap()));
    let other = tokio::spawn(append(SqliteStore::open(&scratch.file()).await.unwrap()));
    one.await.unwrap();
    other.await.unwrap();
    let store = SqliteStore::open(&scratch.file()).await.unwrap();
    let verified = store.verify_audit().await.unwrap();
    assert!(matches!(verified, Verified::Intact { rows: 400, .. }), "{verified:?}");
}

#[test]
fn threads_that_write_themselves_and_threads_that_do_not_keep_one_chain() {
    let scratch = Scratch::new();
    let runtime = |here: bool| {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        if here {
            builder.on_thread_start(switchboard_store::may_wait_here);
        }
        builder.worker_threads(2).build().unwrap()
    };
    let (here, there) = (runtime(true), runtime(false));
    let store = there.block_on(SqliteStore::open(&scratch.file())).unwrap();
    let store = Arc::new(store);
    let append = |store: Arc<SqliteStore>| async move {
        for _ in 0..200 {
            store.append_audit(entry()).await.unwrap();
        }
    };
    let tasks: Vec<_> = [&here, &there, &here, &there]
        .map(|runtime| runtime.spawn(append(Arc::clone(&store))))
        .into();
    there.block_on(futures_util::future::join_all(tasks)).into_iter().for_each(Result::unwrap);
    let verified = there.block_on(store.verify_audit()).unwrap();
    assert!(matches!(verified, Verified::Intact { rows: 800, .. }), "{verified:?}");
}

#[tokio::test]
async fn two_processes_on_one_file_begin_an_effect_once() {
    let scratch = Scratch::new();
    let one = SqliteStore::open(&scratch.file()).await.unwrap();
    let other = SqliteStore::open(&scratch.file()).await.unwrap();
    for number in 0..50 {
        let wish = Wish { key: number.to_string(), ..wish() };
        let (one, other) = tokio::join!(one.begin_effect(wish.clone()), other.begin_effect(wish));
        let told = [one.unwrap(), other.unwrap()];
        assert_eq!(told[0].key(), told[1].key());
        assert_eq!(told.iter().filter(|begun| matches!(begun, Begun::New { .. })).count(), 1);
    }
}

#[tokio::test]
async fn a_process_learns_on_top_of_what_another_one_learnt() {
    let scratch = Scratch::new();
    let one = SqliteStore::open(&scratch.file()).await.unwrap();
    let other = SqliteStore::open(&scratch.file()).await.unwrap();
    one.learn_time("pay", Duration::from_secs(1)).await.unwrap();
    let usual = other.learn_time("pay", Duration::from_secs(2)).await.unwrap();
    assert_eq!(usual, Duration::from_millis(1_300));
}

#[tokio::test]
async fn a_reader_sees_what_was_acknowledged() {
    let scratch = Scratch::new();
    let store = SqliteStore::open(&scratch.file()).await.unwrap();
    for seq in 1..=20 {
        store.append_audit(entry()).await.unwrap();
        let newest = AuditFilter { limit: 1, ..AuditFilter::default() };
        assert_eq!(store.audit(newest).await.unwrap()[0].seq, seq);
    }
}

#[tokio::test]
async fn a_dropped_request_that_was_begun_is_carried_out() {
    let scratch = Scratch::new();
    let store = SqliteStore::open(&scratch.file()).await.unwrap();
    // Polled once, and dropped.
    drop(store.append_audit(entry()).now_or_never());
    assert_eq!(store.append_audit(entry()).await.unwrap().seq, 2);
}

/// Something that can be asked of a store.
#[derive(Debug, Clone)]
enum Step {
    Append(u8),
    Filter { call: Option<u8>, outcome: Option<u8>, after: Option<u64>, limit: usize },
    Begin(u8, u64),
    Finish(u8, u64),
    Forget(u8, u64),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let few = || prop::option::of(0..2_u8);
    prop_oneof![
        (0..4_u8).prop_map(Step::Append),
        (few(), few(), prop::option::of(0..9_u64), 0..5_usize)
            .prop_map(|(call, outcome, after, limit)| Step::Filter { call, outcome, after, limit }),
        (0..2_u8, 0..200_u64).prop_map(|(wish, window)| Step::Begin(wish, window)),
        (0..2_u8, 0..4_u64).prop_map(|(wish, generation)| Step::Finish(wish, generation)),
        (0..2_u8, 0..4_u64).prop_map(|(wish, generation)| Step::Forget(wish, generation)),
        prop_oneof![0..200_u64, 80_000..90_000_u64].prop_map(Step::Wait),
    ]
}

/// Takes a step, and says what came of it.
async fn take(step: Step, number: usize, store: &dyn Store) -> String {
    match step {
        Step::Append(bits) => {
            let mut entry = AuditEntry::new(AuditKind::ToolCall, "allowed", (bits & 1).to_string());
            entry.call = Some((bits >> 1).to_string());
            format!("{:?}", store.append_audit(entry).await)
        }
        Step::Filter { call, outcome, after, limit } => {
            let [call, outcome] = [call, outcome].map(|word| word.map(|word| word.to_string()));
            let filter = AuditFilter { call, outcome, after, limit, ..AuditFilter::default() };
            format!("{:?}", store.audit(filter).await)
        }
        Step::Begin(wish, window) => {
            let wish = Wish { key: wish.to_string(), window: Duration::from_secs(window) };
            format!("{:?}", store.begin_effect(wish).await)
        }
        Step::Finish(wish, generation) => {
            let finished =
                store.finish_effect(&format!("{wish}.{generation}"), number.to_string()).await;
            format!("{finished:?}")
        }
        Step::Forget(wish, generation) => {
            format!("{:?}", store.forget_effect(&format!("{wish}.{generation}")).await)
        }
        Step::Wait(_) => String::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_file_does_as_memory_does(steps in prop::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let time = Time::new();
            let memory = MemoryStore::with_clock(time.clock());
            let sqlite = Sqlite::open(time.clock()).await;
            for (number, step) in steps.into_iter().enumerate() {
                if let Step::Wait(seconds) = step {
                    time.advance(Duration::from_secs(seconds));
                }
                let expected = take(step.clone(), number, &memory).await;
                assert_eq!(take(step, number, &*sqlite.store).await, expected);
            }
            assert_eq!(sqlite.store.verify_audit().await.unwrap(), memory.verify_audit().await.unwrap());
        });
    }
}
