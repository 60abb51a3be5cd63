//! Which functions can be tools.
//!
//! The shape of a function and the demands on its parts are kept apart, for the sake of the compiler's messages: [`ToolFn`] holds for
//! every function that looks like a tool, and [`Agent::tool`](crate::Agent::tool) then asks that the arguments can be arguments, that
//! each parameter can be had and that the result can be told. So one fault is one message, about the part that is at fault.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::never::{Never, Nobody};
use crate::{FromContext, Modifiers, ToolContext};

/// A function with the shape of a tool: its first parameter is the arguments, up to eight others follow. `P` is the parameters, as the
/// compiler finds them; nobody writes it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a tool",
    label = "not a tool",
    note = "a tool is an `async fn` with its arguments first and at most eight parameters after them: \
            `async fn find_invoice(args: FindInvoice, ledger: State<Ledger>) -> ToolResult<Json<Invoice>>`"
)]
pub trait ToolFn<P>: Send + Sync + 'static {
    /// The first parameter.
    type Args;
    /// The other parameters, as a tuple.
    type Parameters;
    /// What a call returns: the future of an `async fn`.
    type Returned;

    /// Calls the function.
    fn call(&self, args: Self::Args, parameters: Self::Parameters) -> Self::Returned;

    /// What was said about the tool where the agent is built.
    fn modifiers(&self) -> Modifiers {
        Modifiers::default()
    }
}

/// What can be the arguments of a tool: every type that derives `Deserialize` and `JsonSchema`.
///
/// The type is the whole declaration: its name in snake case is the tool's (`#[schemars(rename = "…")]` gives another), its doc comment
/// is what the model reads about the tool, and its fields with their doc comments are the arguments.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the arguments of a tool",
    label = "the first parameter of this tool is `{Self}`",
    note = "the first parameter is a struct of your own with `#[derive(Deserialize, JsonSchema)]`; \
            `State`, `Caller`, `Session` and the like come after it"
)]
pub trait ToolArgs<By = Derived>: DeserializeOwned + JsonSchema + Send + 'static {
    /// `T` itself. A demand on `Then<T>` is looked at only when the arguments have passed, so that arguments in the wrong place are one
    /// message, not one for each parameter.
    #[doc(hidden)]
    type Then<T>;

    /// Gives `T` back.
    #[doc(hidden)]
    fn then<T>(value: Self::Then<T>) -> T;
}

/// How a type comes to be [`ToolArgs`]: by the two derives. There is no other way, but the compiler is not to know too early.
#[derive(Debug)]
pub enum Derived {}

#[diagnostic::do_not_recommend]
impl<Args: DeserializeOwned + JsonSchema + Send + 'static> ToolArgs for Args {
    type Then<T> = T;

    fn then<T>(value: T) -> T {
        value
    }
}

#[diagnostic::do_not_recommend]
impl<Args: Never + DeserializeOwned + JsonSchema + Send + 'static> ToolArgs<Nobody> for Args {
    type Then<T> = T;

    fn then<T>(value: T) -> T {
        value
    }
}

/// What an `async fn` returns.
#[diagnostic::on_unimplemented(
    message = "a tool must be an `async fn`",
    label = "this function returns `{Self}` at once",
    note = "write `async fn`, also where there is nothing to await"
)]
pub trait ToolFuture: Future<Output = Self::Result> {
    /// What comes of it.
    type Result;
}

#[diagnostic::do_not_recommend]
impl<F: Future> ToolFuture for F {
    type Result = F::Output;
}

/// A tuple of [parameters](FromContext).
pub trait Parameters<A>: Sized {
    /// Takes each out of what surrounds the call.
    fn from_context(context: &ToolContext<A>) -> Self;
}

macro_rules! tool_fn {
    ($($parameter:ident),*) => {
        impl<Function, Args, Returned, $($parameter),*> ToolFn<(Args, $($parameter,)*)> for Function
        where
            Function: Fn(Args, $($parameter),*) -> Returned + Send + Sync + 'static,
        {
            type Args = Args;
            type Parameters = ($($parameter,)*);
            type Returned = Returned;

            #[allow(non_snake_case, reason = "the macro has one name for a parameter and its type")]
            fn call(&self, args: Args, ($($parameter,)*): ($($parameter,)*)) -> Returned {
                self(args, $($parameter),*)
            }
        }

        impl<A, $($parameter: FromContext<A>),*> Parameters<A> for ($($parameter,)*) {
            #[allow(unused_variables, clippy::unused_unit, reason = "a tool may have no other parameters")]
            fn from_context(context: &ToolContext<A>) -> Self {
                ($($parameter::from_context(context),)*)
            }
        }
    };
}

tool_fn!();
tool_fn!(P1);
tool_fn!(P1, P2);
tool_fn!(P1, P2, P3);
tool_fn!(P1, P2, P3, P4);
tool_fn!(P1, P2, P3, P4, P5);
tool_fn!(P1, P2, P3, P4, P5, P6);
tool_fn!(P1, P2, P3, P4, P5, P6, P7);
tool_fn!(P1, P2, P3, P4, P5, P6, P7, P8);
