//! Implementations that hold for nothing.
//!
//! Where a trait has a single implementation that could apply, the compiler takes it for the one that is meant before it knows whether
//! its conditions hold, and draws conclusions: that the application is a `Ledger`, since some tool asks for one; that arguments are in
//! order, and the parameters after them are to be judged, too. Each conclusion is another message about one fault. A second
//! implementation, which never applies, makes the compiler look at the conditions first.

/// Holds for no type.
pub(crate) trait Never {}

/// A parameter of a trait that nobody asks for.
#[derive(Debug)]
pub(crate) enum Nobody {}
