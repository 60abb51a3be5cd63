//! An agent, as it is written.

use std::fmt;

use crate::edge::Transfer;
use crate::handler::{Parameters, ToolArgs, ToolFn, ToolFuture};
use crate::outcome::IntoOutcome;
use crate::tool::Tool;
use crate::{AgentId, AgentSettings, ReasoningEffort, ToolChoice};

/// One agent: what it is told, what it can do, and to whom it can pass the caller. `A` is the application's state.
///
/// Nothing is checked here: [`Roster::new`](crate::Roster::new) looks at all agents together and reports every mistake at once.
///
/// ```
/// use switchboard_agent::prelude::*;
///
/// const ID: AgentId = AgentId::new("front-desk");
/// const BILLING: AgentId = AgentId::new("billing");
///
/// /// Says when the shop is open.
/// #[derive(Deserialize, JsonSchema)]
/// struct GetBusinessHours {}
///
/// async fn get_business_hours(_: GetBusinessHours) -> &'static str {
///     "Monday to Friday, nine to five."
/// }
///
/// let agent: Agent<()> = Agent::new(ID)
///     .instructions("You are the front desk of a bicycle shop. Be brief.")
///     .greeting("Greet the caller and ask what they need.")
///     .tool(get_business_hours)
///     .handoff(BILLING, "The caller asks about an invoice.");
/// ```
pub struct Agent<A> {
    pub(crate) id: AgentId,
    pub(crate) instructions: String,
    pub(crate) greeting: Option<String>,
    pub(crate) holds: Vec<String>,
    pub(crate) settings: AgentSettings,
    pub(crate) tools: Vec<Tool<A>>,
    pub(crate) transfers: Vec<Transfer<A>>,
}

impl<A: Send + Sync + 'static> Agent<A> {
    /// An agent of this name that knows nothing yet.
    pub fn new(id: AgentId) -> Self {
        Self {
            id,
            instructions: String::new(),
            greeting: None,
            holds: Vec::new(),
            settings: AgentSettings::default(),
            tools: Vec::new(),
            transfers: Vec::new(),
        }
    }

    /// What the agent is told: who it is, how it speaks, what it does and does not do. As a rule a Markdown file beside the code:
    /// `.instructions(include_str!("billing.md"))`.
    #[must_use]
    pub fn instructions(mut self, text: impl Into<String>) -> Self {
        self.instructions = text.into();
        self
    }

    /// What the agent is told to say first when it is the one to answer a call; without it, the agent greets as its instructions say.
    #[must_use]
    pub fn greeting(mut self, text: impl Into<String>) -> Self {
        self.greeting = Some(text.into());
        self
    }

    /// Adds one to the phrases that the caller hears while a tool takes its time, unless the tool has [its own](crate::ToolExt::hold): short,
    /// in the agent's manner, fit for any of its tools. Without any, the agent uses the neutral [`HOLDS`](crate::HOLDS).
    ///
    /// ```
    /// # use switchboard_agent::prelude::*;
    /// # const ID: AgentId = AgentId::new("billing");
    /// let agent: Agent<()> = Agent::new(ID).hold("Let me look into that.").hold("Nearly there.");
    /// ```
    #[must_use]
    pub fn hold(mut self, phrase: impl Into<String>) -> Self {
        self.holds.push(phrase.into());
        self
    }

    /// Gives the agent a tool: an `async fn` whose first parameter is the [arguments](ToolArgs), the others what the session
    /// [provides](crate::FromContext). The model sees tools in the order in which they are given.
    #[must_use]
    pub fn tool<F, P, By>(mut self, tool: F) -> Self
    where
        F: ToolFn<P>,
        F::Args: ToolArgs<By>,
        <F::Args as ToolArgs<By>>::Then<F::Parameters>: Parameters<A>,
        F::Returned: ToolFuture<Result: IntoOutcome> + Send + 'static,
    {
        self.tools.push(Tool::from_fn(tool));
        self
    }

    /// Lets the agent pass the caller on, with the tool `transfer_to_<agent>` that takes a reason and a summary. `when` is what the
    /// model reads: the cases in which to do it, as a whole sentence.
    #[must_use]
    pub fn handoff(mut self, to: AgentId, when: impl Into<String>) -> Self {
        self.transfers.push(Transfer::new(to, when.into()));
        self
    }

    /// As [`handoff`](Self::handoff), with more that the model must say when it passes the caller on: the fields of `Brief`, which are
    /// asked for beside reason and summary and told to the other agent.
    ///
    /// ```
    /// # use switchboard_agent::prelude::*;
    /// # const ID: AgentId = AgentId::new("triage");
    /// # const BILLING: AgentId = AgentId::new("billing");
    /// #[derive(Deserialize, JsonSchema)]
    /// struct Dispute {
    ///     /// The number of the invoice that is disputed.
    ///     invoice: String,
    /// }
    ///
    /// let agent: Agent<()> = Agent::new(ID).handoff_with::<Dispute>(BILLING, "The caller disputes an invoice.");
    /// ```
    #[must_use]
    pub fn handoff_with<Brief: ToolArgs>(mut self, to: AgentId, when: impl Into<String>) -> Self {
        self.transfers.push(Transfer::with_brief::<Brief>(to, when.into()));
        self
    }

    /// How fast the agent speaks: 1 is normal, from 0.25 to 1.5.
    #[must_use]
    pub fn speed(mut self, speed: f64) -> Self {
        self.settings.speed = Some(speed);
        self
    }

    /// The most tokens one response may have, from 1 to 4096: a second of speech is about twenty.
    #[must_use]
    pub fn max_output_tokens(mut self, tokens: u32) -> Self {
        self.settings.max_output_tokens = Some(tokens);
        self
    }

    /// Whether and which tool the model must call.
    #[must_use]
    pub fn tool_choice(mut self, choice: ToolChoice) -> Self {
        self.settings.tool_choice = Some(choice);
        self
    }

    /// How hard a reasoning model thinks before it speaks; other models refuse the setting.
    #[must_use]
    pub fn reasoning_effort(mut self, effort: ReasoningEffort) -> Self {
        self.settings.reasoning_effort = Some(effort);
        self
    }
}

impl<A> fmt::Debug for Agent<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent")
            .field("id", &self.id)
            .field("tools", &self.tools)
            .field(
                "transfers",
                &self.transfers.iter().map(|transfer| transfer.edge.to).collect::<Vec<_>>(),
            )
            .finish_non_exhaustive()
    }
}
