//! The company behind the agents: Larkfield Telecom, internet and telephone for one valley.
//!
//! Everything here is ordinary business code over one `SQLite` database. It knows nothing of calls, voices or models, and is
//! tested by itself; the agents in [`triage`](crate::triage), [`billing`](crate::billing) and
//! [`calendar`](crate::calendar) put it into words.
//!
//! | module | what it knows |
//! | --- | --- |
//! | [`directory`] | who the customers are, where they live, what they subscribe to |
//! | [`ledger`] | invoices, payments, refunds and the entries that move the money |
//! | [`pins`] | how customers prove who they are |
//! | [`schedule`] | technicians, free slots and appointments |
//! | [`hours`] | when the office is open, holidays included |
//! | [`network`] | outages by area |
//! | [`desk`] | messages and callbacks, the notes that people pick up |
//! | [`when`] | days and times as people say them |
//! | [`number`] | account, invoice, payment, refund and appointment numbers |
//! | [`database`], [`seed`], [`clock`], [`money`], [`wording`] | what these stand on |

use jiff::tz::TimeZone;

pub mod clock;
pub mod database;
pub mod desk;
pub mod directory;
pub mod hours;
pub mod ledger;
pub mod money;
pub mod network;
pub mod number;
pub mod pins;
pub mod schedule;
pub mod seed;
pub mod when;
pub mod wording;

/// The company's name, as its people say it.
pub const NAME: &str = "Larkfield Telecom";

/// The zone in which the company's days begin and its doors open.
pub fn zone() -> TimeZone {
    TimeZone::get("America/Chicago").expect("the zones are compiled in")
}
