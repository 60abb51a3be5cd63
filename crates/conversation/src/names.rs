//! Names for what we make: event ids, item ids, call ids, response requests.
//!
//! They count up within one session, so the same inputs give the same outputs, and stay well under the protocol's
//! 32 characters (section 12, "Limits").

use std::fmt;

use switchboard_realtime::{CallId, EventId, ItemId};

/// Our own name of a response that we asked for; it rides in the response's `metadata`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(u64);

impl RequestId {
    /// Reads what [`RequestId`]'s `Display` wrote; `None` for a name that is not ours.
    ///
    /// ```
    /// # use switchboard_conversation::RequestId;
    /// let request = RequestId::parse("sb_req_7").unwrap();
    /// assert_eq!(request.to_string(), "sb_req_7");
    /// assert_eq!(RequestId::parse("somebody's own"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        text.strip_prefix("sb_req_")?.parse().ok().map(Self)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sb_req_{}", self.0)
    }
}

/// Makes names that are unique within one session.
#[derive(Debug, Default)]
pub(crate) struct Names {
    made: u64,
}

impl Names {
    pub(crate) fn event(&mut self) -> EventId {
        EventId::new(format!("sb_evt_{}", self.next()))
    }

    pub(crate) fn item(&mut self) -> ItemId {
        ItemId::new(format!("sb_item_{}", self.next()))
    }

    pub(crate) fn call(&mut self) -> CallId {
        CallId::new(format!("sb_call_{}", self.next()))
    }

    pub(crate) fn request(&mut self) -> RequestId {
        RequestId(self.next())
    }

    fn next(&mut self) -> u64 {
        self.made += 1;
        self.made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_differ() {
        let mut names = Names { made: u64::MAX - 5 };

        let (event, item, call) = (names.event(), names.item(), names.call());

        assert!(
            event.as_str().len() <= 32 && item.as_str().len() <= 32 && call.as_str().len() <= 32
        );
        assert_ne!(names.request(), names.request());
    }
}
