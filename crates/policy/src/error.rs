//! What can be wrong with policies.

/// Every mistake found in a set of policies; never empty. Shown one a line.
#[derive(Debug, thiserror::Error)]
#[error("the policies have mistakes")]
pub struct PolicyErrors(pub(crate) Vec<String>);
