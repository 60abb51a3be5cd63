//! What can be said about a tool where the agent is built.

use std::time::Duration;

use serde::Serialize;

use crate::ToolFn;

/// What was said about a tool where the agent is built.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Modifiers {
    /// How long the tool may take before the caller is told that it did not work; the gateway has a default.
    pub deadline: Option<Duration>,
    /// Whether doing it twice is as good as doing it once, so that it may be tried again or given up in the middle.
    pub idempotent: bool,
    /// What the caller hears when the tool takes its time; `None`: a phrase of the agent's own.
    pub hold: Option<String>,
}

/// Says more about a tool, where the agent is built:
///
/// ```
/// # use std::time::Duration;
/// # use switchboard_agent::prelude::*;
/// # /// Pays an invoice.
/// # #[derive(Deserialize, JsonSchema)]
/// # struct MakePayment {}
/// # async fn make_payment(_: MakePayment) {}
/// # const ID: AgentId = AgentId::new("billing");
/// # let agent: Agent<()> =
/// Agent::new(ID)
///     .tool(make_payment.deadline(Duration::from_secs(5)).hold("Let me put that through."))
/// # ;
/// ```
pub trait ToolExt<P>: ToolFn<P> + Sized {
    /// How long the tool may take. Then the caller is told that it did not work, and the tool is dropped at its next `await`.
    fn deadline(self, deadline: Duration) -> Modified<Self> {
        let modifiers = Modifiers { deadline: Some(deadline), ..self.modifiers() };
        Modified { tool: self, modifiers }
    }

    /// Says that doing it twice is as good as doing it once: reads, and effects that check their
    /// [`IdempotencyKey`](crate::IdempotencyKey). Such a tool may be tried again, and is given up when the caller hangs up.
    fn idempotent(self) -> Modified<Self> {
        let modifiers = Modifiers { idempotent: true, ..self.modifiers() };
        Modified { tool: self, modifiers }
    }

    /// What the caller hears when the tool takes its time: one short sentence.
    fn hold(self, phrase: impl Into<String>) -> Modified<Self> {
        let modifiers = Modifiers { hold: Some(phrase.into()), ..self.modifiers() };
        Modified { tool: self, modifiers }
    }
}

impl<P, F: ToolFn<P>> ToolExt<P> for F {}

/// A tool about which more was said, by [`ToolExt`].
#[derive(Debug, Clone)]
pub struct Modified<F> {
    tool: F,
    modifiers: Modifiers,
}

impl<P, F: ToolFn<P>> ToolFn<P> for Modified<F> {
    type Args = F::Args;
    type Parameters = F::Parameters;
    type Returned = F::Returned;

    fn call(&self, args: Self::Args, parameters: Self::Parameters) -> Self::Returned {
        self.tool.call(args, parameters)
    }

    fn modifiers(&self) -> Modifiers {
        self.modifiers.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn count((): ()) {}

    #[test]
    fn modifiers_add_up() {
        let tool = count.deadline(Duration::from_secs(2)).idempotent().hold("One moment.");
        let expected = Modifiers {
            deadline: Some(Duration::from_secs(2)),
            idempotent: true,
            hold: Some("One moment.".into()),
        };
        assert_eq!(tool.modifiers(), expected);
    }

    #[test]
    fn the_last_word_counts() {
        let tool = count.deadline(Duration::from_secs(2)).deadline(Duration::from_secs(3));
        assert_eq!(tool.modifiers().deadline, Some(Duration::from_secs(3)));
    }
}
