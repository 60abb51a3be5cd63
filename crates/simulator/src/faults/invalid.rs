//! Why a fault was not understood, with what would be right.

use super::kind::FaultKind;

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
        "`{when}` is no time for a fault: write `response:2`, `response:2-4`, `out_of_band:1`, `update:1`, `create:1`, `call:*`, `item:1`, \
         `item:function_call_output:1`, `event:response.output_audio.delta:3`, `sent:20`, `received:7`, `connect:2`, `after:5000`, \
         `after_drop:2` or `after_drop:800ms`"
    )]
    UnknownTime {
        /// What was asked for.
        when: String,
    },
    /// The kind does not happen at such moments.
    #[error("the fault `{}` happens at `{}`, not at `{when}`", .kind.as_str(), .kind.usual_point())]
    WrongPoint {
        /// The kind.
        kind: FaultKind,
        /// What was asked for.
        when: String,
    },
    /// The number is not one, or not one that the kind takes.
    #[error("`{value}` is no {} for the fault `{}`", unit(*.kind), .kind.as_str())]
    InvalidValue {
        /// The kind.
        kind: FaultKind,
        /// What was asked for.
        value: String,
    },
    /// The kind takes no number.
    #[error("the fault `{}` takes no number; leave out `={value}`", .kind.as_str())]
    NoValue {
        /// The kind.
        kind: FaultKind,
        /// What was asked for.
        value: String,
    },
}

fn unit(kind: FaultKind) -> &'static str {
    kind.unit().map_or("number", |unit| unit.name())
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
