//! Faults as data: what goes wrong, and when.
//!
//! A fault is written `name`, `name@when`, `name=number` or `name=number@when`. `when` is a moment and which of them is meant:
//!
//! | `when` | moment |
//! | --- | --- |
//! | `response:2` | the second response of the conversation begins |
//! | `out_of_band:1` | the first `response.create` for a response beside it arrives |
//! | `create:1`, `update:1` | the first `response.create` for the conversation, the first `session.update` arrives |
//! | `call:3` | the third function call is about to be made |
//! | `item:2`, `item:function_call_output:1` | the second `conversation.item.create` arrives; the first of that kind, which is `system`, `user`, `assistant`, `function_call` or `function_call_output` |
//! | `event:response.output_audio.delta:3` | the third event of this type has been sent, or has arrived |
//! | `sent:20` | the twentieth event has been sent |
//! | `received:7` | the seventh client event (audio not counted) has arrived, and has not been looked at |
//! | `after:5000` | so many milliseconds after the connection began |
//! | `connect:2` | the second client of the simulator connects |
//! | `after_drop:2`, `after_drop:800ms` | the next two clients, or all for so long, after the server ended a connection |
//!
//! `2-4` means each from the second to the fourth, and `*` every one. A fault that names a time happens once in a simulator's
//! life, in the first connection that gets so far: a client that redials finds the server well. Written twice it happens in two
//! connections.

use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use serde::Deserialize;

mod invalid;
mod kind;
mod plan;
mod when;

pub use invalid::InvalidFault;
pub use kind::FaultKind;
pub(crate) use plan::{FaultPlan, Faults};
pub(crate) use when::Moment;
pub use when::{ItemKind, Point, When};

/// One thing that goes wrong.
///
/// ```
/// use switchboard_simulator::Fault;
///
/// let fault: Fault = "close_1006@event:response.output_audio.delta:3".parse()?;
/// assert_eq!(fault.to_string(), "close_1006@event:response.output_audio.delta:3");
/// let error = "sesion_expired".parse::<Fault>().unwrap_err();
/// assert!(error.to_string().contains("perhaps `session_expired`"));
/// # Ok::<(), switchboard_simulator::InvalidFault>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// When.
    pub when: When,
    /// A number that some kinds take: milliseconds, an HTTP status, a close code.
    pub value: Option<u64>,
}

impl Fault {
    /// The number, or the kind's own where none is given.
    pub(crate) fn value(&self) -> u64 {
        self.value.unwrap_or(self.kind.usual_value())
    }

    /// The number as milliseconds.
    pub(crate) fn time(&self) -> std::time::Duration {
        std::time::Duration::from_millis(self.value())
    }

    /// How faults are written and which there are, for the help of a program that takes them: lines of at most some 120 characters.
    pub fn help() -> String {
        let mut help = HOW_THEY_ARE_WRITTEN.to_owned();
        for kind in FaultKind::ALL {
            // Writing to a string cannot fail.
            let _ = write!(help, "\n  {:<23} {}", kind.as_str(), kind.about());
        }
        help
    }
}

const HOW_THEY_ARE_WRITTEN: &str = "\
A fault is NAME, NAME@WHEN, NAME=NUMBER or NAME=NUMBER@WHEN. WHEN is
  response:2              the second response of a connection
  out_of_band:1           the first response.create for a response beside the conversation
  create:1, update:1      the first response.create, the first session.update
  call:3                  the third function call
  item:2                  the second conversation.item.create; of a kind: item:function_call_output:1
  event:TYPE:3            the third event of this type, sent or received
  sent:20, received:7     the twentieth event sent, the seventh received (audio not counted)
  after:5000              milliseconds after the connection began
  connect:2               the second client that connects
  after_drop:2            the next two clients after the server ended a connection, or after_drop:800ms
with 2-4 for each from the second to the fourth, and * for every one. Without * it happens once; written twice, in two connections.

Faults:";

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
        let value = value.map(|value| number(kind, value.trim())).transpose()?;
        let when = match when {
            None => When::Nth(kind.usual_point(), 1),
            Some(text) => When::read(kind, text.trim())?,
        };
        Ok(Self { kind, when, value })
    }
}

fn number(kind: FaultKind, text: &str) -> Result<u64, InvalidFault> {
    let value = text.to_owned();
    let Some(unit) = kind.unit() else { return Err(InvalidFault::NoValue { kind, value }) };
    let number = text.parse().ok().filter(|number| unit.allows(*number));
    number.ok_or(InvalidFault::InvalidValue { kind, value })
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
        write!(f, "@{}", self.when)
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
        for text in [
            "stall=400@response:2",
            "server_error@response:2-4",
            "refuse_out_of_band@out_of_band:*",
            "refuse_update@update:*",
            "close_1006@after:5000",
            "close=1012@sent:20",
            "reset@received:7",
            "mute@event:response.output_audio.delta:3",
            "refuse_item@item:function_call_output:1",
            "refuse_item@item:2",
            "refuse_connect=429@connect:1-3",
            "refuse_connect@after_drop:2",
            "delay_connect=100@after_drop:800ms",
        ] {
            assert_eq!(fault(text).unwrap().to_string(), text);
        }
        assert_eq!(fault("unknown_tool").unwrap().to_string(), "unknown_tool@call:1");
        assert_eq!(fault("refuse_connect").unwrap().value(), 503);
    }

    #[test]
    fn mistakes_say_what_would_be_right() {
        for (text, said) in [
            ("sesion_expired", "perhaps `session_expired`"),
            ("stall@tuesday", "write `response:2`"),
            ("stall@response:0", "write `response:2`"),
            ("stall@response:4-2", "write `response:2`"),
            ("reset@event:response.dnoe:1", "write `response:2`"),
            ("reset@connect:1", "happens at `response`"),
            ("unknown_tool@update:1", "happens at `call`, not at `update:1`"),
            ("stall@after:5", "happens at `response`"),
            ("reset@after_drop:2", "happens at `response`"),
            ("stall=long", "`long` is no number of milliseconds"),
            ("refuse_connect=200", "`200` is no HTTP status of a refusal"),
            ("close=1006", "`1006` is no close code"),
            ("reset=5", "takes no number"),
        ] {
            let error = fault(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn the_help_names_every_kind() {
        let help = Fault::help();
        assert!(FaultKind::ALL.iter().all(|kind| help.contains(kind.as_str())), "{help}");
    }
}
