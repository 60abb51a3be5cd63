//! A tool with its types erased, as the gateway runs it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::handler::{Parameters, ToolArgs, ToolFn, ToolFuture};
use crate::outcome::{IntoOutcome, Outcome};
use crate::schema::ArgumentsSchema;
use crate::schema_fault::SchemaFault;
use crate::{Modifiers, Secrets, ToolContext, ToolDefinition, ToolError, confirmation, name};

/// A tool whose types are erased: what the model sees of it, what was said about it, and the function.
pub struct Tool<A> {
    definition: ToolDefinition,
    modifiers: Modifiers,
    may_hand_off: bool,
    faults: Vec<SchemaFault>,
    secrets: Arc<Secrets>,
    prepare: Arc<dyn Fn(Value) -> Result<Call<A>, UnreadableArguments> + Send + Sync>,
}

/// A call of a tool whose arguments have been read: it only has to run.
pub struct Call<A>(Box<dyn FnOnce(ToolContext<A>) -> CallFuture + Send>);

/// A running call of a tool. Dropping it stops the tool at the `await` it stands at.
pub type CallFuture = Pin<Box<dyn Future<Output = Result<Outcome, ToolError>> + Send>>;

/// The arguments fit the schema, but not the type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct UnreadableArguments {
    /// Where, as in `lines[2].cents`; `.` is the top.
    pub path: String,
    /// What is wrong there, in the words of the type's own parser.
    pub problem: String,
}

impl<A> Tool<A> {
    /// What the model sees.
    pub fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    /// The name by which the model calls it.
    pub fn name(&self) -> &str {
        &self.definition.name
    }

    /// What was said about it where the agent is built.
    pub fn modifiers(&self) -> &Modifiers {
        &self.modifiers
    }

    /// Where secrets stand in its arguments.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Reads the arguments into the tool's own type. Nothing runs yet. Of a tool that asks for [confirmation](crate::ToolExt::confirm), the
    /// argument [`CONFIRMATION`](crate::CONFIRMATION) has been taken out before.
    pub fn prepare(&self, arguments: Value) -> Result<Call<A>, UnreadableArguments> {
        (self.prepare)(arguments)
    }

    /// Whether the tool may hand the caller to an agent that no edge names.
    pub(crate) fn may_hand_off(&self) -> bool {
        self.may_hand_off
    }

    /// What is wrong with the type of its arguments.
    pub(crate) fn faults(&self) -> &[SchemaFault] {
        &self.faults
    }
}

impl<A: Send + Sync + 'static> Tool<A> {
    /// Erases the types of a function.
    pub(crate) fn from_fn<F, P, By>(function: F) -> Self
    where
        F: ToolFn<P>,
        F::Args: ToolArgs<By>,
        <F::Args as ToolArgs<By>>::Then<F::Parameters>: Parameters<A>,
        F::Returned: ToolFuture<Result: IntoOutcome> + Send + 'static,
    {
        let mut schema = ArgumentsSchema::of::<F::Args>();
        let name = name::snake_case(&schema.type_name);
        let modifiers = function.modifiers();
        if modifiers.confirm.is_some() {
            confirmation::ask_for(&mut schema);
        }
        let function = Arc::new(function);
        let mut tool = Self::from_parts(name, schema, move |arguments| {
            let args: F::Args = read(arguments)?;
            let function = Arc::clone(&function);
            Ok(Call::new(move |context| {
                Box::pin(async move {
                    let running = {
                        let parameters =
                            <F::Args as ToolArgs<By>>::Then::<F::Parameters>::from_context(
                                &context,
                            );
                        function.call(
                            args,
                            <F::Args as ToolArgs<By>>::then::<F::Parameters>(parameters),
                        )
                    };
                    running.await.into_outcome()
                })
            }))
        });
        tool.modifiers = modifiers;
        tool.may_hand_off = <<F::Returned as ToolFuture>::Result as IntoOutcome>::MAY_HAND_OFF;
        tool
    }

    /// Puts a tool together from what its arguments say and what reads them.
    pub(crate) fn from_parts(
        name: String,
        schema: ArgumentsSchema,
        prepare: impl Fn(Value) -> Result<Call<A>, UnreadableArguments> + Send + Sync + 'static,
    ) -> Self {
        let ArgumentsSchema { description, parameters, faults, secrets, .. } = schema;
        Self {
            definition: ToolDefinition { name, description, parameters },
            modifiers: Modifiers::default(),
            may_hand_off: false,
            faults,
            secrets: Arc::new(secrets),
            prepare: Arc::new(prepare),
        }
    }
}

impl<A> Call<A> {
    pub(crate) fn new(run: impl FnOnce(ToolContext<A>) -> CallFuture + Send + 'static) -> Self {
        Self(Box::new(run))
    }

    /// Calls the tool's function, when what this returns is polled.
    pub fn run(self, context: ToolContext<A>) -> CallFuture {
        (self.0)(context)
    }
}

/// Reads arguments into a type, strictly, and says where it could not.
pub(crate) fn read<T: DeserializeOwned>(arguments: Value) -> Result<T, UnreadableArguments> {
    serde_path_to_error::deserialize(arguments).map_err(|error| UnreadableArguments {
        path: error.path().to_string(),
        problem: error.inner().to_string(),
    })
}

impl<A> Clone for Tool<A> {
    fn clone(&self) -> Self {
        Self {
            definition: self.definition.clone(),
            modifiers: self.modifiers.clone(),
            may_hand_off: self.may_hand_off,
            faults: self.faults.clone(),
            secrets: Arc::clone(&self.secrets),
            prepare: Arc::clone(&self.prepare),
        }
    }
}

impl<A> fmt::Debug for Tool<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tool")
            .field("name", &self.name())
            .field("modifiers", &self.modifiers)
            .finish_non_exhaustive()
    }
}

impl<A> fmt::Debug for Call<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::prelude::*;
    use crate::{IdempotencyKey, TraceId};

    /// Adds up.
    #[derive(Deserialize, JsonSchema)]
    struct AddUp {
        /// The numbers.
        numbers: Vec<u8>,
    }

    async fn add_up(
        args: AddUp,
        start: State<u64>,
        session: Session,
        trace_id: TraceId,
    ) -> ToolResult<Json<u64>> {
        if args.numbers.is_empty() {
            return Err(ToolError::refused("There is nothing to add up."));
        }
        session.say(format!("Adding, as {trace_id}."));
        Ok(Json(*start + args.numbers.into_iter().map(u64::from).sum::<u64>()))
    }

    fn context(session: &Session) -> ToolContext<u64> {
        ToolContext {
            app: Arc::new(100),
            session: session.clone(),
            trace_id: TraceId::new("t-1"),
            idempotency_key: IdempotencyKey::new("k-1"),
        }
    }

    #[tokio::test]
    async fn a_tool_gets_its_arguments_and_its_parameters() {
        let session = Session::for_tests();
        let call = Tool::from_fn(add_up).prepare(json!({ "numbers": [1, 2] })).unwrap();
        assert_eq!(call.run(context(&session)).await.unwrap(), Outcome::Json(json!(103)));
        assert_eq!(session.said(), ["Adding, as t-1."]);
    }

    #[tokio::test]
    async fn a_refusal_comes_back_as_it_was_said() {
        let call = Tool::from_fn(add_up).prepare(json!({ "numbers": [] })).unwrap();
        let error = call.run(context(&Session::detached())).await.unwrap_err();
        assert_eq!(error.to_string(), "There is nothing to add up.");
    }

    #[test]
    fn what_does_not_fit_the_type_is_named_by_its_path() {
        let tool: Tool<u64> = Tool::from_fn(add_up);
        let error = tool.prepare(json!({ "numbers": [1, 256] })).unwrap_err();
        assert_eq!(error.path, "numbers[1]");
        assert!(error.problem.contains("256"), "{error}");
    }

    #[test]
    fn the_type_of_the_arguments_names_the_tool() {
        let tool: Tool<u64> = Tool::from_fn(add_up);
        assert_eq!(tool.name(), "add_up");
        assert_eq!(tool.definition().description, "Adds up.");
    }
}
