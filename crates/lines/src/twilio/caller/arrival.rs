//! How a call is announced to the voice webhook.

use crate::twilio::hex::hexadecimal;

/// A call, as Twilio posts it to the webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The call's id.
    pub call_sid: String,
    /// The account's id.
    pub account_sid: String,
    /// The caller's number.
    pub from: String,
    /// The number that was called.
    pub to: String,
}

impl Arrival {
    /// A new call between two numbers, with ids made up for it.
    pub fn new(from: impl Into<String>, to: impl Into<String>) -> Self {
        Self { call_sid: sid("CA"), account_sid: sid("AC"), from: from.into(), to: to.into() }
    }

    /// The form that Twilio posts.
    pub fn form(&self) -> [(&'static str, &str); 7] {
        [
            ("AccountSid", &self.account_sid),
            ("ApiVersion", "2010-04-01"),
            ("CallSid", &self.call_sid),
            ("CallStatus", "ringing"),
            ("Direction", "inbound"),
            ("From", &self.from),
            ("To", &self.to),
        ]
    }
}

/// An id as Twilio makes them: two letters and 32 hexadecimal digits.
pub(super) fn sid(letters: &str) -> String {
    let mut random = [0; 16];
    getrandom::fill(&mut random).expect("the operating system has random bytes");
    letters.to_owned() + &hexadecimal(&random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_has_ids_of_its_own() {
        let (one, other) =
            (Arrival::new("+15550100", "+15550199"), Arrival::new("+15550100", "+15550199"));

        assert_ne!(one.call_sid, other.call_sid);
        assert!(one.call_sid.starts_with("CA") && one.call_sid.len() == 34);
        assert!(one.form().contains(&("From", "+15550100")));
    }
}
