//! How much the service takes. The protocol's documents say little about it; where they are silent, these are the limits that the same
//! company's other interfaces, and others that speak the protocol, are known to have.

/// The most characters a tool's description may have.
pub(crate) const LONGEST_DESCRIPTION: usize = 1024;

/// The most tools an agent may have on the wire, transfers and built-in ones included.
pub(crate) const MOST_TOOLS: usize = 128;

/// The most characters the name of an argument may have.
pub(crate) const LONGEST_ARGUMENT: usize = 64;

/// The most tokens that instructions and tools may have together.
pub(crate) const MOST_TOKENS: usize = 16_384;
