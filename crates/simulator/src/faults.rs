//! Faults as data: what goes wrong, and when.
//!
//! A fault is written `name`, `name@when`, `name=number` or `name=number@when`; `when` is `response:2` (the second response of a
//! connection), `update:1`, `create:1` (a client's `response.create`), `call:3` (a function call), `after:5000` (milliseconds
//! after the connection began), or a point with `*` for every time. A fault that names one time happens once in a simulator's
//! life, in the first connection that gets so far: a client that redials finds the server well.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Deserialize;

/// One thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// When.
    pub when: When,
    /// A number that some kinds take, in milliseconds.
    pub value: Option<u64>,
}

macro_rules! fault_kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal at $point:ident,)*) => {
        /// What goes wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum FaultKind {
            $($(#[$doc])* $name,)*
        }

        impl FaultKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name by which it is asked for.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The point it is bound to, or happens at if none is named.
            const fn point(self) -> Point {
                match self { $(Self::$name => Point::$point,)* }
            }
        }
    };
}

fault_kinds! {
    /// The session reaches its longest life: `session_expired`, then close 1001.
    SessionExpired = "session_expired" at Response,
    /// The connection ends without being closed, which the other end sees as 1006. At a response: in mid-reply.
    Close1006 = "close_1006" at Response,
    /// The server closes with 1011, an internal failure.
    Close1011 = "close_1011" at Response,
    /// The server closes with 1001, going away.
    Close1001 = "close_1001" at Response,
    /// The response fails with `rate_limit_exceeded` before it has said anything.
    RateLimitExceeded = "rate_limit_exceeded" at Response,
    /// The response fails with a `server_error` before it has said anything.
    ServerError = "server_error" at Response,
    /// The response begins and then nothing comes, after as many milliseconds of audio as the number says (none). It can be cancelled.
    Stall = "stall" at Response,
    /// `response.done` comes for a response whose `response.created` never did.
    OmitResponseCreated = "omit_response_created" at Response,
    /// `session.updated` comes late, by as many milliseconds as the number says (1000).
    DelayUpdate = "delay_update" at Update,
    /// The `session.update` is refused.
    RefuseUpdate = "refuse_update" at Update,
    /// The `response.create` is refused, as if a response were running.
    RefuseResponse = "refuse_response" at Create,
    /// An out-of-band `response.create` is refused, as some compatible servers do.
    RefuseOutOfBand = "refuse_out_of_band" at Create,
    /// The call is made twice, the second time under another `call_id`.
    DuplicateCall = "duplicate_call" at Call,
    /// The call's arguments are cut off in the middle.
    MalformedArguments = "malformed_arguments" at Call,
    /// The call names a tool that nobody has.
    UnknownTool = "unknown_tool" at Call,
    /// An argument of the call has the wrong JSON type.
    WrongArgumentType = "wrong_argument_type" at Call,
    /// From here on, errors do not name the client event at fault.
    ErrorWithoutEventId = "error_without_event_id" at Create,
    /// An event of a type that no client knows.
    UnknownEvent = "unknown_event" at Response,
}

impl FaultKind {
    /// Whether it can happen anywhere, and so also at a time.
    pub(crate) const fn is_free(self) -> bool {
        matches!(
            self,
            Self::SessionExpired
                | Self::Close1006
                | Self::Close1011
                | Self::Close1001
                | Self::ErrorWithoutEventId
                | Self::UnknownEvent
        )
    }
}

/// A kind of moment in a session that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Point {
    /// A response begins, whoever asked for it.
    Response,
    /// A `session.update` arrives.
    Update,
    /// A client's `response.create` arrives.
    Create,
    /// A function call is about to be made.
    Call,
}

impl Point {
    const ALL: [Self; 4] = [Self::Response, Self::Update, Self::Create, Self::Call];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Update => "update",
            Self::Create => "create",
            Self::Call => "call",
        }
    }
}

/// When a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum When {
    /// At the nth such moment of a connection, counted from 1; once in a simulator's life.
    Nth(Point, u32),
    /// At every such moment.
    Every(Point),
    /// So many milliseconds after the connection began; once in a simulator's life.
    AfterMs(u64),
}

/// Why a fault was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidFault {
    /// There is no such kind.
    #[error("there is no fault `{name}`{}; there are {}", near(.name), known())]
    UnknownKind {
        /// What was asked for.
        name: String,
    },
    /// The time is not one.
    #[error(
        "`{when}` is no time for a fault: write `response:2`, `update:1`, `create:1`, `call:*` or `after:5000`"
    )]
    UnknownTime {
        /// What was asked for.
        when: String,
    },
    /// The kind does not happen at such moments.
    #[error("the fault `{}` happens at a {}, not at `{when}`", .kind.as_str(), .kind.point().as_str())]
    WrongPoint {
        /// The kind.
        kind: FaultKind,
        /// What was asked for.
        when: String,
    },
    /// The number is not one.
    #[error("`{value}` is no number of milliseconds for the fault `{}`", .kind.as_str())]
    InvalidValue {
        /// The kind.
        kind: FaultKind,
        /// What was asked for.
        value: String,
    },
}

fn known() -> String {
    let names: Vec<_> = FaultKind::ALL.iter().map(|kind| format!("`{}`", kind.as_str())).collect();
    names.join(", ")
}

fn near(name: &str) -> String {
    FaultKind::ALL
        .iter()
        .map(|kind| (strsim::jaro_winkler(kind.as_str(), name), kind.as_str()))
        .filter(|(likeness, _)| *likeness > 0.85)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map_or_else(String::new, |(_, kind)| format!(" (perhaps `{kind}`)"))
}

impl FromStr for Fault {
    type Err = InvalidFault;

    fn from_str(text: &str) -> Result<Self, InvalidFault> {
        let (what, when) =
            text.split_once('@').map_or((text, None), |(what, when)| (what, Some(when)));
        let (name, value) =
            what.split_once('=').map_or((what, None), |(name, value)| (name, Some(value)));
        let kind = FaultKind::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == name.trim())
            .ok_or_else(|| InvalidFault::UnknownKind { name: name.trim().to_owned() })?;
        let value = value
            .map(|value| {
                let invalid = || InvalidFault::InvalidValue { kind, value: value.to_owned() };
                value.trim().parse().map_err(|_| invalid())
            })
            .transpose()?;
        let when = match when {
            None => When::Nth(kind.point(), 1),
            Some(text) => time(kind, text.trim())?,
        };
        Ok(Self { kind, when, value })
    }
}

fn time(kind: FaultKind, text: &str) -> Result<When, InvalidFault> {
    let unknown = || InvalidFault::UnknownTime { when: text.to_owned() };
    let (point, count) = text.split_once(':').ok_or_else(unknown)?;
    if point == "after" {
        let ms = count.parse().map_err(|_| unknown())?;
        return if kind.is_free() {
            Ok(When::AfterMs(ms))
        } else {
            Err(InvalidFault::WrongPoint { kind, when: text.to_owned() })
        };
    }
    let point = Point::ALL.into_iter().find(|known| known.as_str() == point).ok_or_else(unknown)?;
    if point != kind.point() && !kind.is_free() {
        return Err(InvalidFault::WrongPoint { kind, when: text.to_owned() });
    }
    match count {
        "*" => Ok(When::Every(point)),
        nth => match nth.parse() {
            Ok(nth) if nth > 0 => Ok(When::Nth(point, nth)),
            _ => Err(unknown()),
        },
    }
}

impl TryFrom<String> for Fault {
    type Error = InvalidFault;

    fn try_from(text: String) -> Result<Self, InvalidFault> {
        text.parse()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.as_str())?;
        if let Some(value) = self.value {
            write!(f, "={value}")?;
        }
        match self.when {
            When::Nth(point, nth) => write!(f, "@{}:{nth}", point.as_str()),
            When::Every(point) => write!(f, "@{}:*", point.as_str()),
            When::AfterMs(ms) => write!(f, "@after:{ms}"),
        }
    }
}

/// The faults of one simulator, shared by its connections.
#[derive(Debug, Clone, Default)]
pub(crate) struct FaultPlan(Arc<[Armed]>);

#[derive(Debug)]
struct Armed {
    fault: Fault,
    happened: AtomicBool,
}

impl Armed {
    /// Whether it is this fault's turn: always, or the first time.
    fn fire(&self) -> bool {
        matches!(self.fault.when, When::Every(_)) || !self.happened.swap(true, Ordering::Relaxed)
    }
}

impl FaultPlan {
    pub(crate) fn new(faults: &[Fault]) -> Self {
        let armed = |&fault| Armed { fault, happened: AtomicBool::new(false) };
        Self(faults.iter().map(armed).collect())
    }
}

/// The faults as one connection meets them.
#[derive(Debug)]
pub(crate) struct Faults {
    plan: FaultPlan,
    counts: [u32; Point::ALL.len()],
}

impl Faults {
    pub(crate) fn new(plan: FaultPlan) -> Self {
        Self { plan, counts: [0; Point::ALL.len()] }
    }

    /// Counts a moment, and returns what goes wrong at it.
    pub(crate) fn at(&mut self, point: Point) -> Vec<Fault> {
        let count = &mut self.counts[point as usize];
        *count += 1;
        let now = |when| when == When::Nth(point, *count) || when == When::Every(point);
        let due = self.plan.0.iter().filter(|armed| now(armed.fault.when) && armed.fire());
        due.map(|armed| armed.fault).collect()
    }

    /// The places in the plan, and the milliseconds, of what goes wrong by the clock.
    pub(crate) fn timed(&self) -> impl Iterator<Item = (usize, u64)> {
        self.plan.0.iter().enumerate().filter_map(|(index, armed)| match armed.fault.when {
            When::AfterMs(ms) => Some((index, ms)),
            _ => None,
        })
    }

    /// What goes wrong by the clock, now that its time has come.
    pub(crate) fn fire(&self, index: usize) -> Option<FaultKind> {
        let armed = &self.plan.0[index];
        armed.fire().then_some(armed.fault.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Result<Fault, String> {
        text.parse().map_err(|error: InvalidFault| error.to_string())
    }

    #[test]
    fn faults_are_read_and_written_the_same() {
        for text in ["stall=400@response:2", "refuse_update@update:*", "close_1006@after:5000"] {
            assert_eq!(fault(text).unwrap().to_string(), text);
        }
        assert_eq!(fault("unknown_tool").unwrap().to_string(), "unknown_tool@call:1");
    }

    #[test]
    fn mistakes_say_what_would_be_right() {
        for (text, said) in [
            ("sesion_expired", "perhaps `session_expired`"),
            ("stall@tuesday", "write `response:2`"),
            ("stall@response:0", "write `response:2`"),
            ("unknown_tool@update:1", "happens at a call, not at `update:1`"),
            ("stall@after:5", "happens at a response"),
            ("stall=long", "`long` is no number"),
        ] {
            let error = fault(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn a_fault_of_one_time_happens_once_over_all_connections() {
        let plan = FaultPlan::new(&[fault("close_1006@response:2").unwrap()]);
        let mut first = Faults::new(plan.clone());
        assert_eq!(first.at(Point::Response).len(), 0);
        assert_eq!(first.at(Point::Response).len(), 1);

        let mut second = Faults::new(plan);
        second.at(Point::Response);
        assert_eq!(second.at(Point::Response).len(), 0);
    }

    #[test]
    fn a_fault_of_every_time_happens_every_time() {
        let mut faults = Faults::new(FaultPlan::new(&[fault("stall@response:*").unwrap()]));
        assert_eq!(faults.at(Point::Response).len(), 1);
        assert_eq!(faults.at(Point::Update).len(), 0);
        assert_eq!(faults.at(Point::Response).len(), 1);
    }
}
