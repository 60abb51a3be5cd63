//! What can be better in a roster.

use crate::hold::LONGEST_SECONDS;
use crate::limits::MOST_TOKENS;
use crate::{AgentId, Whose};

/// The longest description that models still read well, in characters.
pub(crate) const LONG_DESCRIPTION: usize = 200;

/// How many tools of its own an agent does well with.
pub(crate) const FEW_TOOLS: usize = 10;
pub(crate) const MANY_TOOLS: usize = 20;

/// Something that works, but not as well as it could: for `switchboard check`. Each says what it is about and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// Few tools: maybe the agent should be part of another.
    #[error(
        "agent `{agent}` has {count} tools of its own: with fewer than {FEW_TOOLS}, another agent could do its work without a handoff"
    )]
    FewTools {
        /// The agent.
        agent: AgentId,
        /// How many.
        count: usize,
    },
    /// Many tools: the model picks the wrong one.
    #[error(
        "agent `{agent}` has {count} tools of its own: with more than {MANY_TOOLS}, models pick the wrong one; split the agent"
    )]
    ManyTools {
        /// The agent.
        agent: AgentId,
        /// How many.
        count: usize,
    },
    /// More to read than some models take.
    #[error(
        "agent `{agent}` has instructions and tools of about {tokens} tokens: some models take {MOST_TOKENS} at most, and all are slower \
         with more; shorten them, or split the agent"
    )]
    MuchToRead {
        /// The agent.
        agent: AgentId,
        /// How many, at four characters each.
        tokens: usize,
    },
    /// A long description: models begin to invent tools.
    #[error(
        "the description of `{tool}` of agent `{agent}` has {length} characters: keep it under {LONG_DESCRIPTION}"
    )]
    LongDescription {
        /// The agent.
        agent: AgentId,
        /// The tool.
        tool: String,
        /// Its description's length, in characters.
        length: usize,
    },
    /// A long description of an argument.
    #[error(
        "the description of argument `{argument}` of `{tool}` of agent `{agent}` has {length} characters: keep it under {LONG_DESCRIPTION}"
    )]
    LongArgument {
        /// The agent.
        agent: AgentId,
        /// The tool.
        tool: String,
        /// The argument, as in `lines[].cents`.
        argument: String,
        /// Its description's length, in characters.
        length: usize,
    },
    /// Two tools between which the model can only guess.
    #[error(
        "`{tool}` and `{other}` of agent `{agent}` have descriptions that say nearly the same: say in each when to take it and not the \
         other, or make them one"
    )]
    Alike {
        /// The agent.
        agent: AgentId,
        /// The tool.
        tool: String,
        /// The other.
        other: String,
    },
    /// A text of which only a few are meant.
    #[error(
        "argument `{argument}` of `{tool}` of agent `{agent}` is any text, but its description names what it can be ({}): make it an enum, \
         so that nothing else is taken", choices.join(", ")
    )]
    CouldBeEnum {
        /// The agent.
        agent: AgentId,
        /// The tool.
        tool: String,
        /// The argument, as in `lines[].unit`.
        argument: String,
        /// What it can be.
        choices: Vec<String>,
    },
    /// A caller who is passed to this agent stays there.
    #[error(
        "agent `{agent}` hands off to nobody: a caller who is passed to it cannot come back; give it a handoff"
    )]
    DeadEnd {
        /// The agent.
        agent: AgentId,
    },
    /// A caller who is passed to this agent never comes back to the beginning.
    #[error(
        "agent `{agent}` can pass a caller on, but no way leads back to `{start}`: let it, or one that it hands off to, hand off to `{start}`"
    )]
    NoWayBack {
        /// The agent.
        agent: AgentId,
        /// The agent that answers calls.
        start: AgentId,
    },
    /// The model may never just speak.
    #[error(
        "agent `{agent}` must call a tool in every response, also when it tells a tool's result: use `ToolChoice::Auto`"
    )]
    EndlessCalls {
        /// The agent.
        agent: AgentId,
    },
    /// A hold phrase that takes too long to say.
    #[error(
        "{whose} has a hold phrase of {length} characters (\"{phrase}\"): it takes longer than {LONGEST_SECONDS} seconds to say and may be \
         left out; shorten it"
    )]
    SlowHold {
        /// The agent, or its tool.
        whose: Whose,
        /// The phrase, as it is spoken.
        phrase: String,
        /// Its length, in characters.
        length: usize,
    },
    /// A hold phrase that is there twice.
    #[error(
        "{whose} has the hold phrase \"{phrase}\" twice: callers notice; say it in other words"
    )]
    SameHold {
        /// The agent, or its tool.
        whose: Whose,
        /// The phrase.
        phrase: String,
    },
    /// What is said about a tool does not go together.
    #[error("tool `{tool}` of agent `{agent}` has {what}: {why}")]
    Contradiction {
        /// The agent.
        agent: AgentId,
        /// The tool.
        tool: String,
        /// What is said about it.
        what: &'static str,
        /// Why that makes no sense, and what to do.
        why: &'static str,
    },
    /// A tool that seems only to read, and counts as one with an effect.
    #[error(
        "`{tool}` of agent `{agent}` seems only to read, but counts as a tool with an effect: the same call again gets the first one's \
         result, however old; say `.read_only()`, or begin its description with what it changes"
    )]
    LooksLikeARead {
        /// The agent.
        agent: AgentId,
        /// The tool.
        tool: String,
    },
    /// Permissions, and no way to prove who one is.
    #[error(
        "agent `{agent}` has tools that require something ({}), but the roster names no tool with which callers prove who they are: say \
         `.verified_by(\"…\")`, or leave `.requires(..)` out", tools.join(", ")
    )]
    NobodyVerifies {
        /// The agent.
        agent: AgentId,
        /// The tools that require something.
        tools: Vec<String>,
    },
    /// The tool that a caller needs first is another agent's.
    #[error(
        "agent `{agent}` has tools that require something ({}), but not `{needed}`, which callers need first where a policy wants to know \
         more of them: give it that tool, too, unless no policy does", tools.join(", ")
    )]
    OutOfReach {
        /// The agent.
        agent: AgentId,
        /// The tools that require something.
        tools: Vec<String>,
        /// The tool that it lacks.
        needed: String,
    },
    /// A secret that is told to the next agent, in plain.
    #[error(
        "the brief of the handoff from `{agent}` to `{to}` has a secret in it, which the other agent would be told with its instructions: \
         take it by a tool, and pass on what came of it"
    )]
    SecretInBrief {
        /// The agent.
        agent: AgentId,
        /// Whom it hands off to.
        to: AgentId,
    },
    /// One name for two tools.
    #[error(
        "`{tool}` takes other arguments at agent `{agent}` than at `{other}`: policies, limits and learnt times go by the name; rename one"
    )]
    TwoOfOneName {
        /// The tools' name.
        tool: String,
        /// One agent.
        agent: AgentId,
        /// The other.
        other: AgentId,
    },
    /// A tool that is guarded at one agent, and not at another.
    #[error(
        "`{tool}` has other demands (`.requires`, `.confirm`) at agent `{agent}` than at `{other}`: a caller could go round them; say the \
         same at both"
    )]
    UnequalDemands {
        /// The tool.
        tool: String,
        /// One agent.
        agent: AgentId,
        /// The other.
        other: AgentId,
    },
}
