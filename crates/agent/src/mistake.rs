//! The mistakes a roster can have.

use std::error::Error;
use std::fmt;

use crate::hold::{LONGEST_SECONDS, MAX_LENGTH};
use crate::limits::{LONGEST_DESCRIPTION, MOST_TOOLS};
use crate::speech::UnbalancedTag;
use crate::{AgentId, SchemaFault};

/// One mistake in a roster: which agent or tool, what is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Mistake {
    /// There is nobody to answer a call.
    #[error("the roster has no agents: give it at least one, the one that answers calls first")]
    NoAgents,
    /// A name that cannot be part of a transfer tool's.
    #[error(
        "agent `{agent}` has a name that cannot be used: take 1 to {max} lower-case letters, digits, `_` or `-`, a letter first",
        max = AgentId::MAX_LENGTH
    )]
    IllegalAgentId {
        /// The agent.
        agent: AgentId,
    },
    /// Two agents of one name.
    #[error("there are two agents named `{agent}`: give one of them another name")]
    DuplicateAgent {
        /// The name.
        agent: AgentId,
    },
    /// An agent that is told nothing.
    #[error(
        "agent `{agent}` has no instructions: say with `.instructions(..)` who it is and what it does"
    )]
    NoInstructions {
        /// The agent.
        agent: AgentId,
    },
    /// A greeting without words.
    #[error(
        "agent `{agent}` has an empty greeting: say what to greet with, or leave `.greeting(..)` out"
    )]
    EmptyGreeting {
        /// The agent.
        agent: AgentId,
    },
    /// A setting outside its range.
    #[error("agent `{agent}` has {setting} {value}: it must be from {range}")]
    SettingOutOfRange {
        /// The agent.
        agent: AgentId,
        /// The setting.
        setting: &'static str,
        /// As it was set.
        value: String,
        /// What it may be.
        range: &'static str,
    },
    /// A tool choice that names no tool.
    #[error(
        "agent `{agent}` must choose the tool `{tool}`, which it does not have: name one of its tools"
    )]
    UnknownToolChoice {
        /// The agent.
        agent: AgentId,
        /// The tool.
        tool: String,
    },
    /// An agent nobody can be passed to.
    #[error(
        "agent `{agent}` cannot be reached from `{start}`: let some agent hand off to it, or leave it out"
    )]
    Unreachable {
        /// The agent.
        agent: AgentId,
        /// The agent that answers calls.
        start: AgentId,
    },
    /// A handoff to an agent that does not exist.
    #[error(
        "agent `{agent}` hands off to `{to}`, which is not in the roster: add that agent, or correct the name{hint}"
    )]
    DanglingHandoff {
        /// The agent.
        agent: AgentId,
        /// Whom it names.
        to: AgentId,
        /// Who is there, as a sentence of its own.
        hint: String,
    },
    /// A handoff to oneself.
    #[error("agent `{agent}` hands off to itself: leave that handoff out")]
    HandoffToItself {
        /// The agent.
        agent: AgentId,
    },
    /// Two handoffs to one agent.
    #[error("agent `{agent}` hands off to `{to}` twice: put both conditions into one handoff")]
    DuplicateHandoff {
        /// The agent.
        agent: AgentId,
        /// Whom it names.
        to: AgentId,
    },
    /// A handoff of which nobody knows when.
    #[error(
        "agent `{agent}` does not say when to hand off to `{to}`: describe the case in a sentence"
    )]
    NoCondition {
        /// The agent.
        agent: AgentId,
        /// Whom it names.
        to: AgentId,
    },
    /// A brief that has what every transfer has.
    #[error(
        "the brief of the handoff from `{agent}` to `{to}` has a field `{field}`, which every transfer has anyway: rename it"
    )]
    BriefClash {
        /// The agent.
        agent: AgentId,
        /// Whom it names.
        to: AgentId,
        /// The field.
        field: String,
    },
    /// A tool name that the protocol refuses.
    #[error(
        "tool `{tool}` of agent `{agent}` has a name that cannot be used: take 1 to 64 letters, digits, `_` or `-`"
    )]
    IllegalToolName {
        /// The agent.
        agent: AgentId,
        /// The tool.
        tool: String,
    },
    /// A tool name that means something else.
    #[error(
        "tool `{tool}` of agent `{agent}` has a name that is kept for a built-in tool or a transfer: rename its arguments type"
    )]
    ReservedToolName {
        /// The agent.
        agent: AgentId,
        /// The tool.
        tool: String,
    },
    /// Two tools of one name.
    #[error("agent `{agent}` has two tools named `{tool}`: rename the arguments type of one")]
    DuplicateTool {
        /// The agent.
        agent: AgentId,
        /// The tool.
        tool: String,
    },
    /// A tool of which the model is told nothing.
    #[error(
        "tool `{tool}` of agent `{agent}` does not say what it does: give its arguments type a doc comment"
    )]
    UndocumentedTool {
        /// The agent.
        agent: AgentId,
        /// The tool.
        tool: String,
    },
    /// Arguments of which no good schema can be made.
    #[error("tool `{tool}` of agent `{agent}` {fault}")]
    Arguments {
        /// The agent.
        agent: AgentId,
        /// The tool.
        tool: String,
        /// What is wrong with them.
        fault: SchemaFault,
    },
    /// A description that the service refuses.
    #[error(
        "tool `{tool}` of agent `{agent}` has a description of {length} characters: the service takes at most {LONGEST_DESCRIPTION}, and \
         models read 200 well; shorten it"
    )]
    DescriptionTooLong {
        /// The agent.
        agent: AgentId,
        /// The tool.
        tool: String,
        /// Its length, in characters.
        length: usize,
    },
    /// More tools than the service takes.
    #[error(
        "agent `{agent}` has {count} tools, transfers and built-in ones included: the service takes at most {MOST_TOOLS}; split the agent"
    )]
    TooManyTools {
        /// The agent.
        agent: AgentId,
        /// How many go on the wire.
        count: usize,
    },
    /// A hold phrase without words.
    #[error("{whose} has an empty hold phrase: say something, or leave `.hold(..)` out")]
    EmptyHold {
        /// The agent, or its tool.
        whose: Whose,
    },
    /// A hold phrase that keeps the answer waiting.
    #[error(
        "{whose} has a hold phrase of {length} characters (\"{beginning}…\"): nobody says that in {LONGEST_SECONDS} seconds, and the \
         answer would wait for its end; say it in at most {MAX_LENGTH}"
    )]
    LongHold {
        /// The agent, or its tool.
        whose: Whose,
        /// How it begins.
        beginning: String,
        /// Its length as it is spoken, in characters.
        length: usize,
    },
    /// Tags in a text that do not match.
    #[error("{whose} has {text} with an unbalanced tag: {problem}")]
    UnbalancedTag {
        /// The agent, or its tool.
        whose: Whose,
        /// Which text.
        text: &'static str,
        /// The tag, and where it stands.
        problem: UnbalancedTag,
    },
    /// A modifier that was given nothing.
    #[error("tool `{tool}` of agent `{agent}` has {what}: {remedy}")]
    SenselessModifier {
        /// The agent.
        agent: AgentId,
        /// The tool.
        tool: String,
        /// What was said about it.
        what: &'static str,
        /// What to say.
        remedy: &'static str,
    },
    /// A tool that was named to the roster, and is not there.
    #[error("`.{said}(\"{tool}\")` names a tool that no agent has: correct the name{hint}")]
    UnknownTool {
        /// Where it was named.
        said: &'static str,
        /// The tool.
        tool: String,
        /// Which tool has a name like it, as an addition in brackets.
        hint: String,
    },
}

/// An agent, or a tool of it: whom a mistake is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whose {
    /// The agent.
    pub agent: AgentId,
    /// The tool, if it is about one.
    pub tool: Option<String>,
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.tool {
            Some(tool) => write!(f, "tool `{tool}` of agent `{}`", self.agent),
            None => write!(f, "agent `{}`", self.agent),
        }
    }
}

/// Every mistake found in a roster, agent by agent; never empty. Shown one a line.
#[derive(Debug, Clone, PartialEq)]
pub struct RosterErrors(pub(crate) Vec<Mistake>);

impl RosterErrors {
    /// The mistakes, in the order of the agents.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.0
    }
}

impl fmt::Display for RosterErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [only] => write!(f, "the roster has a mistake: {only}"),
            several => {
                write!(f, "the roster has {} mistakes:", several.len())?;
                several.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
            }
        }
    }
}

impl Error for RosterErrors {}
