//! The words with which more is said about a tool.

use std::time::Duration;

use crate::{Cancel, Modifiers, ToolFn};

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
/// Agent::new(ID).tool(
///     make_payment
///         .requires("billing:pay")
///         .confirm("the amount and the card")
///         .hold("Let me put that through.")
///         .deadline(Duration::from_secs(5))
///         .backend("ledger"),
/// )
/// # ;
/// ```
///
/// What is said twice counts as it was said last; [`hold`](Self::hold) and [`requires`](Self::requires) add up.
pub trait ToolExt<P>: ToolFn<P> + Sized {
    /// How long the tool may take. Then the caller is told that it did not work, and the tool is dropped at its next `await`.
    fn deadline(self, deadline: Duration) -> Modified<Self> {
        Modified::of(self, |said| said.deadline = Some(deadline))
    }

    /// Says that doing it twice is as good as doing it once: reads, and effects that check their
    /// [`IdempotencyKey`](crate::IdempotencyKey). Such a tool may be tried again, and is stopped when it is given up.
    fn idempotent(self) -> Modified<Self> {
        Modified::of(self, |said| said.idempotent = true)
    }

    /// Says that the tool only reads, and so is [idempotent](Self::idempotent), too. The same call again reads again, unless the first
    /// still runs. A tool of which this is not said has an effect: the same call again gets the first one's result.
    fn read_only(self) -> Modified<Self> {
        Modified::of(self, |said| (said.read_only, said.idempotent) = (true, true))
    }

    /// What the caller hears when the tool takes its time: one short sentence. Several are said one after the other.
    fn hold(self, phrase: impl Into<String>) -> Modified<Self> {
        Modified::of(self, |said| said.holds.push(phrase.into()))
    }

    /// How long it is quiet before the first hold phrase, where the usual two seconds are not right.
    fn hold_after(self, quiet: Duration) -> Modified<Self> {
        Modified::of(self, |said| said.hold_after = Some(quiet))
    }

    /// Lets a call that takes long go on behind the talk: the model is told that it is pending, and later what came of it.
    fn detach(self) -> Modified<Self> {
        Modified::of(self, |said| said.detach = true)
    }

    /// Stops a call at its next `await` when the caller hangs up, for work that is worth nothing then.
    fn cancel_at_hang_up(self) -> Modified<Self> {
        Modified::of(self, |said| said.cancel = said.cancel.max(Cancel::HangUp))
    }

    /// Stops a call at its next `await` when the caller speaks over the agent, and also when they hang up: for searches whose answer
    /// nobody waits for any more.
    fn cancel_at_barge_in(self) -> Modified<Self> {
        Modified::of(self, |said| said.cancel = Cancel::BargeIn)
    }

    /// Demands a permission, such as `billing:pay`: the tool runs only for callers to whom a policy grants it. Several are all demanded.
    fn requires(self, permission: impl Into<String>) -> Modified<Self> {
        Modified::of(self, |said| said.requires.push(permission.into()))
    }

    /// Lets the tool run only after the caller has said yes. `read_back` is what they must have been told, as a part of a sentence:
    /// `the amount and the card`.
    ///
    /// The model gets one more argument, [`confirmation`](crate::CONFIRMATION), for the code that the first, refused call gives it.
    fn confirm(self, read_back: impl Into<String>) -> Modified<Self> {
        Modified::of(self, |said| said.confirm = Some(read_back.into()))
    }

    /// Says that the company can do without the tool for a while: in a degradation it answers at once that it is not available.
    fn optional(self) -> Modified<Self> {
        Modified::of(self, |said| said.optional = true)
    }

    /// Names the system that the tool leans on. Tools of one backend share a circuit breaker, whichever agent has them.
    fn backend(self, name: impl Into<String>) -> Modified<Self> {
        Modified::of(self, |said| said.backend = Some(name.into()))
    }

    /// How many calls of the tool may run at once, of all phone calls together. The others wait for a little, then are told to try later.
    fn at_most(self, calls: usize) -> Modified<Self> {
        Modified::of(self, |said| said.at_most = Some(calls))
    }

    /// For how long the same call again gets the result of the first one, instead of having the effect twice, where the usual two
    /// minutes are not right.
    fn window(self, window: Duration) -> Modified<Self> {
        Modified::of(self, |said| said.window = Some(window))
    }
}

impl<P, F: ToolFn<P>> ToolExt<P> for F {}

/// A tool about which more was said, by [`ToolExt`].
#[derive(Debug, Clone)]
pub struct Modified<F> {
    tool: F,
    modifiers: Modifiers,
}

impl<F> Modified<F> {
    fn of<P>(tool: F, say: impl FnOnce(&mut Modifiers)) -> Self
    where
        F: ToolFn<P>,
    {
        let mut modifiers = tool.modifiers();
        say(&mut modifiers);
        Self { tool, modifiers }
    }
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
    fn what_is_said_adds_up() {
        let tool = count
            .deadline(Duration::from_secs(9))
            .read_only()
            .hold("One moment.")
            .hold("Still looking.")
            .hold_after(Duration::from_secs(1))
            .detach()
            .cancel_at_hang_up()
            .requires("billing:read")
            .requires("billing:pay")
            .confirm("the amount")
            .optional()
            .backend("ledger")
            .at_most(4)
            .window(Duration::from_secs(60));
        let expected = Modifiers {
            deadline: Some(Duration::from_secs(9)),
            idempotent: true,
            read_only: true,
            holds: vec!["One moment.".into(), "Still looking.".into()],
            hold_after: Some(Duration::from_secs(1)),
            detach: true,
            cancel: Cancel::HangUp,
            requires: vec!["billing:read".into(), "billing:pay".into()],
            confirm: Some("the amount".into()),
            optional: true,
            backend: Some("ledger".into()),
            at_most: Some(4),
            window: Some(Duration::from_secs(60)),
        };
        assert_eq!(tool.modifiers(), expected);
    }

    #[test]
    fn the_last_word_counts() {
        let tool = count.deadline(Duration::from_secs(2)).deadline(Duration::from_secs(3));
        assert_eq!(tool.modifiers().deadline, Some(Duration::from_secs(3)));
    }

    #[test]
    fn stopping_at_the_hang_up_takes_nothing_from_stopping_at_a_barge_in() {
        assert_eq!(
            count.cancel_at_barge_in().cancel_at_hang_up().modifiers().cancel,
            Cancel::BargeIn
        );
        assert_eq!(
            count.cancel_at_hang_up().cancel_at_barge_in().modifiers().cancel,
            Cancel::BargeIn
        );
    }
}
