//! A tool's result with the sentence that sums it up.

use switchboard::prelude::*;

/// Data, and what to say of it if nobody asks for more. The data stays typed for the model to draw on; the sentence keeps it from
/// reading out a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Told<T> {
    /// One or two plain sentences, fit for the caller's ear.
    pub(crate) summary: String,
    /// The data itself.
    #[serde(flatten)]
    pub(crate) data: T,
}

impl<T> Told<T> {
    /// Sums the data up.
    pub(crate) fn new(summary: impl Into<String>, data: T) -> Json<Self> {
        Json(Self { summary: summary.into(), data })
    }
}
