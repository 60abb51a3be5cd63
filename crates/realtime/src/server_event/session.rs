//! Events about the session as a whole.

use serde::{Deserialize, Serialize, Serializer};

use crate::error::ErrorBody;
use crate::id::EventId;
use crate::item::Object;
use crate::lenient;
use crate::session::SessionConfig;
use crate::word::words;

/// The server refuses something, or has failed. Most errors leave the session open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ErrorEvent {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// What is wrong.
    pub error: ErrorBody,
}

/// The whole session as it is now.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SessionEvent {
    /// This event; never the id of the update that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The session.
    #[serde(serialize_with = "object")]
    pub session: Box<SessionConfig>,
}

fn object<S: Serializer>(session: &SessionConfig, serializer: S) -> Result<S::Ok, S::Error> {
    Object::new("realtime.session", session).serialize(serializer)
}

/// What is left of the budget; counts what running responses have reserved.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RateLimitsUpdated {
    /// This event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// The budgets; often only that of tokens.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub rate_limits: Vec<RateLimit>,
}

/// One budget.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RateLimit {
    /// What is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<RateLimitName>,
    /// The most there can be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// What is left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u64>,
    /// Seconds until all of it is there again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset_seconds: Option<f64>,
}

words! {
    /// What a budget counts.
    pub enum RateLimitName {
        /// Requests.
        Requests = "requests",
        /// Tokens.
        Tokens = "tokens",
    }
}
