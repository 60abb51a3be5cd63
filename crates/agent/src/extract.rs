//! What a tool may name as parameters after its arguments.

use std::ops::Deref;

use crate::never::{Never, Nobody};
use crate::{Caller, IdempotencyKey, Session, ToolContext, TraceId};

/// What a tool can ask for after its arguments: [`State`], [`Caller`], [`Session`], [`TraceId`], [`IdempotencyKey`], or a type of the
/// application's own that implements this.
#[diagnostic::on_unimplemented(
    message = "a tool cannot ask for `{Self}`",
    label = "a parameter of this tool is `{Self}`",
    note = "after its arguments a tool takes `State<T>`, `Caller`, `Session`, `TraceId` or `IdempotencyKey`"
)]
pub trait FromContext<A>: Sized {
    /// Takes the part out of what surrounds the call.
    fn from_context(context: &ToolContext<A>) -> Self;
}

/// A part of the application's state: `State<Ledger>` gives a tool the ledger, which it uses like a `Ledger`.
///
/// Any `T` will do for which the application implements [`FromRef`], and the application itself when it is `Clone`.
///
/// ```
/// use switchboard_agent::prelude::*;
///
/// #[derive(Clone)]
/// struct Ledger;
/// struct App { ledger: Ledger }
///
/// impl FromRef<App> for Ledger {
///     fn from_ref(app: &App) -> Self {
///         app.ledger.clone()
///     }
/// }
///
/// /// Counts the open invoices.
/// #[derive(Deserialize, JsonSchema)]
/// struct CountInvoices {}
///
/// async fn count_invoices(_: CountInvoices, ledger: State<Ledger>) -> Json<usize> {
///     # let _ = ledger;
///     Json(3)
/// }
///
/// # const ID: AgentId = AgentId::new("billing");
/// let agent: Agent<App> = Agent::new(ID).tool(count_invoices);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct State<T>(pub T);

/// Makes a part of the application's state from a borrowed application. Cheap: it is called for every tool call.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not part of the application's state",
    label = "this tool asks for `State<{Self}>`",
    note = "write `impl FromRef<App> for {Self}`, where `App` is the application's state, or ask for a part that it has"
)]
pub trait FromRef<A> {
    /// Takes (as a rule clones) the part.
    fn from_ref(app: &A) -> Self;
}

#[diagnostic::do_not_recommend]
impl<A: Clone> FromRef<A> for A {
    fn from_ref(app: &A) -> Self {
        app.clone()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Never> FromRef<Nobody> for T {
    fn from_ref(app: &Nobody) -> Self {
        match *app {}
    }
}

impl<T> Deref for State<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<A, T: FromRef<A>> FromContext<A> for State<T> {
    fn from_context(context: &ToolContext<A>) -> Self {
        Self(T::from_ref(&context.app))
    }
}

impl<A> FromContext<A> for Caller {
    fn from_context(context: &ToolContext<A>) -> Self {
        context.session.caller()
    }
}

impl<A> FromContext<A> for Session {
    fn from_context(context: &ToolContext<A>) -> Self {
        context.session.clone()
    }
}

impl<A> FromContext<A> for TraceId {
    fn from_context(context: &ToolContext<A>) -> Self {
        context.trace_id.clone()
    }
}

impl<A> FromContext<A> for IdempotencyKey {
    fn from_context(context: &ToolContext<A>) -> Self {
        context.idempotency_key.clone()
    }
}
