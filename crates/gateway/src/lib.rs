//! The life of one tool call, from the model's text to a result envelope.
//!
//! A model names a tool and writes arguments; what comes may be wrong in every way. A [`Gateway`] takes it as it comes and always has
//! an [`Answer`]: what the model is told (an [`Envelope`]), and what the session is to do beside (an [`Effect`]). The steps, each in a
//! file of its own and put together in `steps.rs`:
//!
//! 1. **look up**: exact name, among the active agent's tools; the nearest real names for one that does not exist.
//! 2. **validate**: JSON, then the schema, then the tool's own type. Never repaired, nothing put in. Whatever would come of it, the same
//!    call for the third time in a row is told to stop.
//! 3. **authorize**: by the policies; what the caller has to prove first, confirm themselves, or have a person approve is told.
//! 4. **admit**: rates, circuit breaker, places. What is the same as what runs joins it; an effect that was had is not had again.
//! 5. **run**: on threads of its own, under a deadline, panics caught; tried again only where that is safe. It goes on when the call is
//!    given up, unless the tool says otherwise.
//! 6. **tell**: the envelope, fit for a caller's ear and at most 8,000 characters long. Causes go to the log, under the trace id.
//! 7. **record**: a line in the log and a row in the audit log, secrets left out, before the answer leaves.
//!
//! ```
//! use switchboard_agent::{TraceId, prelude::*};
//! use switchboard_gateway::{Gateway, Request, Tools};
//!
//! const ID: AgentId = AgentId::new("triage");
//!
//! /// Double a number.
//! #[derive(Deserialize, JsonSchema)]
//! struct DoubleIt {
//!     /// The number.
//!     number: u32,
//! }
//!
//! async fn double_it(args: DoubleIt) -> Json<u32> {
//!     Json(2 * args.number)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let agent: Agent<()> = Agent::new(ID).instructions("You can count.").tool(double_it);
//! let gateway = Gateway::new(Roster::new([agent])?, ())?;
//! let request = Request {
//!     agent: ID,
//!     tool: "double_it".into(),
//!     arguments: r#"{"number": 21}"#.into(),
//!     call_id: "call_1".into(),
//!     session: Session::detached(),
//!     trace_id: TraceId::new("7hqm-2xkd-9wtb"),
//!     turn: 1,
//!     barge_in: tokio_util::sync::CancellationToken::new(),
//! };
//! let answer = gateway.answer(request).await;
//! assert_eq!(answer.envelope.to_output(), r#"{"status":"ok","data":42,"trace_id":"7hqm-2xkd-9wtb"}"#);
//! # Ok(())
//! # }
//! ```
//!
//! # The types to know
//!
//! - [`Tools`]: what a session holds, without the type of the application. [`Gateway`] is one.
//! - [`Request`] and [`Answer`]: what goes in and what comes out.
//! - [`Envelope`]: what the model is told.
//! - [`Later`]: the rest of a call that was answered for the time being.
//! - [`Operations`]: what operators see and do; behind the HTTP interface.
//! - [`Limits`]: how many calls may run, and how often.
//! - [`Faults`]: tools made slow, failing or panicking on purpose.
//!
//! # What is left to others
//!
//! The gateway speaks to neither the model nor the caller, and decides no handoff: the session carries out, the conversation decides.

mod admit;
mod approvals;
mod approve;
mod authorize;
mod book;
mod code;
mod conduct;
mod confirm;
#[cfg(any(test, feature = "testing"))]
pub mod documents;
mod enter;
mod envelope;
mod faults;
mod gateway;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod interleavings;
mod json;
mod key;
mod ledger;
#[cfg(test)]
mod load;
mod lookup;
mod operate;
mod operations;
mod problem;
mod record;
mod redact;
mod refusal;
mod repeats;
mod request;
mod retry;
mod row;
mod run;
mod running;
mod runtime;
mod shrink;
mod steps;
mod tell;
#[cfg(test)]
mod testing;
mod times;
mod toolbox;
mod validate;
mod wait;

pub use admit::{
    BackendState, BreakerChange, BreakerLimits, BreakerState, CallerRate, Degradation, Limits,
    LimitsError, SwitchedOn, TenantRate, ToolLimits, ToolOverrides, ToolState,
};
pub use envelope::{Envelope, MAX_OUTPUT};
pub use faults::{Fault, Faults, UnknownFaultyTool};
pub use gateway::{APPROVAL_WAIT, DEADLINE, DETACH_AFTER, DETACHED_DEADLINE, Gateway, WINDOW};
pub use operations::{Approval, ApprovalState, DecideError, Operations, Verdict};
pub use request::{Answer, Effect, Later, Request, Tools};
pub use toolbox::UnusableSchema;
