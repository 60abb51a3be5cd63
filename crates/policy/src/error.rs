//! What can be wrong with policies, in words for whoever writes them.

use std::error::Error;
use std::fmt;
use std::io;

/// Every mistake found in a set of policies, file by file; never empty. Shown one a line.
#[derive(Debug)]
pub struct PolicyErrors(Vec<PolicyError>);

/// One mistake: where, what, and what to do. Shown as `billing.cedar:12:3: …`.
#[derive(Debug, thiserror::Error)]
#[error("{}{fault}", place(.file, *.at))]
#[non_exhaustive]
pub struct PolicyError {
    /// The file or directory, as it was named.
    pub file: String,
    /// Where in the file, if it is about one place in it.
    pub at: Option<Position>,
    /// What is wrong there.
    pub fault: PolicyFault,
}

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

/// What can be wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyFault {
    /// A file or directory that cannot be read, or does not exist.
    #[error("cannot be read ({source}): name a *.cedar file that is there, or a directory of them")]
    Unreadable {
        /// Why not.
        source: io::Error,
    },
    /// A directory without policies.
    #[error("has no *.cedar files: put one there, or name another directory")]
    EmptyDirectory,
    /// A file without policies.
    #[error("has no policies: write one, or remove the file")]
    EmptyFile,
    /// Text that is not Cedar.
    #[error("{problem}")]
    Syntax {
        /// What Cedar's parser says, with its advice.
        problem: String,
    },
    /// A policy with slots, which nobody fills.
    #[error("`?principal` and `?resource` are not filled in here: name whom or what you mean")]
    Template,
    /// `@id` without a name.
    #[error("`@id` needs a name: write `@id(\"what-the-policy-is-for\")`")]
    NamelessId,
    /// Two policies of one name.
    #[error("there already is a policy named `{id}` ({first}): give this one another `@id`")]
    DuplicateId {
        /// The name.
        id: String,
        /// Where the first one stands.
        first: String,
    },
    /// A tool, or requirement of tools, that does not exist.
    #[error("no tool is named `{action}`, and none requires it{hint}")]
    UnknownAction {
        /// As it is written.
        action: String,
        /// The nearest real name, or where to look.
        hint: String,
    },
    /// An agent that does not exist.
    #[error("no agent is named `{agent}`{hint}")]
    UnknownAgent {
        /// As it is written.
        agent: String,
        /// The nearest real name, or where to look.
        hint: String,
    },
    /// A type of entity that does not exist.
    #[error("there is no entity type `{entity_type}`{hint}")]
    UnknownType {
        /// As it is written.
        entity_type: String,
        /// Which there are.
        hint: String,
    },
    /// An attribute that does not exist.
    #[error("`{attribute}` does not exist{}{hint}", for_tools(.tools))]
    UnknownAttribute {
        /// As it is written.
        attribute: String,
        /// The tools that do not have it; empty when it is not about a tool.
        tools: Vec<String>,
        /// The nearest real name, or what to do.
        hint: String,
    },
    /// An attribute that is not always there, and is not asked for first.
    #[error("`{attribute}` may be absent: ask first, with `{guard} && …`")]
    MayBeAbsent {
        /// As it is written.
        attribute: String,
        /// How to ask.
        guard: String,
    },
    /// A requirement in the place of a tool.
    #[error("`{group}` is no tool, but what tools require: write `action in Action::\"{group}\"`")]
    GroupAsTool {
        /// As it is written.
        group: String,
    },
    /// A policy that changes nothing, whoever calls and whatever they want.
    #[error(
        "the policy can never apply: a condition is always false, or two contradict each other; correct it, or remove the policy"
    )]
    NeverApplies,
    /// A policy whose scope fits no tool.
    #[error("the policy fits no tool: `principal` is always a `Caller`, and `resource` an `Agent`")]
    NoSuchScope,
    /// Everything else that Cedar's validator finds.
    #[error("{problem}")]
    Invalid {
        /// What it says, with its advice.
        problem: String,
    },
}

impl PolicyErrors {
    /// All mistakes, if there are any.
    pub(crate) fn none_or(mut errors: Vec<PolicyError>) -> Result<(), Self> {
        errors.sort_by(|one, other| (&one.file, one.at).cmp(&(&other.file, other.at)));
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }

    /// The mistakes, file by file and from top to bottom.
    pub fn errors(&self) -> &[PolicyError] {
        &self.0
    }
}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [only] => write!(f, "the policies have a mistake: {only}"),
            several => {
                write!(f, "the policies have {} mistakes:", several.len())?;
                several.iter().try_for_each(|error| write!(f, "\n  {error}"))
            }
        }
    }
}

impl Error for PolicyErrors {}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// `file:line:column: `, or `file ` when it is about the file as a whole.
fn place(file: &str, at: Option<Position>) -> String {
    at.map_or_else(|| format!("{file} "), |at| format!("{file}:{at}: "))
}

fn for_tools(tools: &[String]) -> String {
    match tools {
        [] => String::new(),
        [only] => format!(" for the tool `{only}`"),
        [first, second] => format!(" for the tools `{first}` and `{second}`"),
        [first, second, rest @ ..] => {
            format!(" for the tools `{first}`, `{second}` and {} more", rest.len())
        }
    }
}
