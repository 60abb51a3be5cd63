//! What outlives a call: audit rows, the results of effects, and how long tools usually take.
//!
//! A call ends, a process is killed, a link is redialled; what was promised, paid or refused must stand all the same. A [`Store`]
//! keeps three things, each small, each asked for on a call's path:
//!
//! - **the audit log**: one row for each tool call and each change by an operator, chained by hashes so that tampering shows.
//!   [`append_audit`](Store::append_audit) adds a row, [`audit`](Store::audit) finds rows, [`verify_audit`](Store::verify_audit)
//!   walks the chain;
//! - **effects**: what a tool did to the world, so that a crash between a payment and its answer does not pay twice.
//!   [`begin_effect`](Store::begin_effect) comes before, [`finish_effect`](Store::finish_effect) after it, or
//!   [`settle_effect`](Store::settle_effect) together with the audit row;
//! - **usual times**: how long each tool takes, learnt call by call ([`learn_time`](Store::learn_time)).
//!
//! ```
//! use std::time::Duration;
//!
//! use switchboard_store::{AuditEntry, AuditFilter, AuditKind, Begun, MemoryStore, Store, Verified, Wish};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), switchboard_store::StoreError> {
//! let store = MemoryStore::new();
//! let wish = Wish { key: "call-7 pay 84.90".into(), window: Duration::from_secs(120) };
//! let Begun::New { key } = store.begin_effect(wish.clone()).await? else { unreachable!() };
//! // Here the payment is made, under that key; then:
//! store.finish_effect(&key, r#"{"paid": true}"#.into()).await?;
//! assert!(matches!(store.begin_effect(wish).await?, Begun::Finished { .. }));
//!
//! let mut entry = AuditEntry::new(AuditKind::ToolCall, "allowed", "ok");
//! entry.tool = Some("make_payment".into());
//! store.append_audit(entry).await?;
//! let payments = AuditFilter { tool: Some("make_payment".into()), ..AuditFilter::default() };
//! assert_eq!(store.audit(payments).await?.len(), 1);
//! assert!(matches!(store.verify_audit().await?, Verified::Intact { rows: 1, .. }));
//! # Ok(())
//! # }
//! ```
//!
//! # The types to know
//!
//! - [`Store`]: what callers hold, as `Arc<dyn Store>`.
//! - [`SqliteStore`]: one file on one machine, durable; several processes may share it. On threads that
//!   [may wait for a disk](may_wait_here) it answers sooner.
//! - [`MemoryStore`]: gone with the process; answers without a thread, so that it works in virtual time.
//! - [`Clock`]: where a store takes the time from.
//!
//! # What is left to others
//!
//! A store judges nothing: who may, how often, what is secret (arguments arrive redacted) and what a result means is decided by
//! the gateway.

mod audit;
mod chain;
mod clock;
mod effect;
mod error;
mod filter;
mod memory;
mod sqlite;
mod store;
mod thread;
mod usual;

pub use audit::{AuditEntry, AuditKind, AuditRow};
pub use chain::{Break, Verified};
pub use clock::Clock;
pub use effect::{Begun, Wish};
pub use error::StoreError;
pub use filter::AuditFilter;
pub use memory::MemoryStore;
pub use sqlite::{OpenError, SqliteStore};
pub use store::Store;
pub use thread::may_wait_here;
