//! Closing a connection, and what the other end says when it does.

use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

/// Codes that a connection is closed with.
pub mod close_code {
    /// All is done.
    pub const NORMAL: u16 = 1000;
    /// The server goes away, or the session has reached its longest life.
    pub const GOING_AWAY: u16 = 1001;
    /// Never on the wire: the other end closed without a code.
    pub const NONE: u16 = 1005;
    /// Never on the wire: the connection ended without being closed.
    pub const ABNORMAL: u16 = 1006;
    /// A message was larger than the other end takes.
    pub const TOO_LARGE: u16 = 1009;
    /// The server failed.
    pub const INTERNAL: u16 = 1011;
    /// The client asked for the retired beta.
    pub const BETA: u16 = 4000;

    /// Those after which a new connection is likely to work (the protocol's section 2).
    pub(in crate::ws) const RECOVERABLE: [u16; 7] =
        [GOING_AWAY, NONE, ABNORMAL, INTERNAL, 1012, 1013, 1015];
}

/// A close frame has 125 bytes, of which the code takes 2.
const LONGEST_REASON: usize = 123;

/// The frame for a code and a reason, which is cut to what fits. A code that may not be on the wire gives none.
pub(super) fn frame(code: u16, reason: &str) -> Option<CloseFrame> {
    let code = CloseCode::from(code);
    let reason = cut(reason, LONGEST_REASON);
    code.is_allowed().then(|| CloseFrame { code, reason: reason.into() })
}

/// As much of a text as fits into so many bytes.
pub(super) fn cut(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    &text[..end.unwrap_or_default()]
}

/// What a close frame says.
pub(super) fn parts(frame: Option<&CloseFrame>) -> (u16, String) {
    frame.map_or((close_code::NONE, String::new()), |frame| {
        (frame.code.into(), frame.reason.as_str().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let frame = frame(close_code::NORMAL, &"é".repeat(100)).unwrap();

        assert_eq!(frame.reason.as_str(), "é".repeat(61));
    }

    #[test]
    fn a_code_that_stands_for_none_is_not_sent() {
        assert_eq!(frame(close_code::ABNORMAL, ""), None);
        assert_eq!(parts(None), (close_code::NONE, String::new()));
    }

    #[test]
    fn a_code_of_the_services_own_is_sent() {
        let frame = frame(close_code::BETA, "beta").unwrap();

        assert_eq!(parts(Some(&frame)), (4000, "beta".to_owned()));
    }
}
