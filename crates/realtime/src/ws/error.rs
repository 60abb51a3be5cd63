//! What can go wrong on an open socket.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};

use super::close::close_code;
use crate::raw::UnreadableEvent;

/// Why an event was not sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The connection is closed, by either end.
    #[error("the connection is closed")]
    Closed,
    /// The peer took nothing for the write timeout. The connection is of no more use.
    #[error("the other end has taken nothing for {after:?}")]
    Stalled {
        /// The write timeout.
        after: Duration,
    },
    /// The message is larger than what may wait to be written. The connection goes on.
    #[error("a message of {size} bytes is over the limit of {most}")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The limit.
        most: usize,
    },
    /// The connection broke.
    #[error("the connection broke while sending")]
    Lost(#[source] Box<dyn StdError + Send + Sync>),
}

impl SendError {
    pub(super) fn from_socket(error: Error) -> Self {
        match error {
            Error::ConnectionClosed
            | Error::AlreadyClosed
            | Error::Protocol(
                ProtocolError::SendAfterClosing | ProtocolError::ResetWithoutClosingHandshake,
            ) => Self::Closed,
            Error::Io(source) if source.kind() == io::ErrorKind::BrokenPipe => Self::Closed,
            other => Self::Lost(Box::new(other)),
        }
    }
}

/// Why no event came.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// A frame could not be read. The connection goes on.
    #[error(transparent)]
    Unreadable(#[from] UnreadableEvent),
    /// A binary frame that is no text either. The connection goes on.
    #[error("a binary frame, where events are text")]
    NotText,
    /// The other end closed. Nothing follows.
    #[error("the other end closed the connection (code {code}{})", colon(.reason))]
    Closed {
        /// Its code; 1005 if it gave none, 1006 if the connection ended without being closed.
        code: u16,
        /// Its reason, which may be empty.
        reason: String,
    },
    /// The connection broke. Nothing follows.
    #[error("the connection broke")]
    Lost(#[source] Box<dyn StdError + Send + Sync>),
    /// The other end gave no sign of life. Nothing follows.
    #[error("the other end has answered none of {pings} pings")]
    Unresponsive {
        /// How many pings went unanswered.
        pings: u32,
    },
    /// A message was over the limit. Nothing follows.
    #[error("a message of {size} bytes is over the limit of {most}")]
    TooLarge {
        /// Its size in bytes, as far as it is known.
        size: usize,
        /// The limit.
        most: usize,
    },
}

impl ReceiveError {
    /// Whether nothing follows: the connection is over.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Unreadable(_) | Self::NotText)
    }

    /// Whether a new connection is likely to work (the protocol's section 2).
    pub fn is_recoverable(&self) -> bool {
        match self {
            Self::Closed { code, .. } => close_code::RECOVERABLE.contains(code),
            Self::Lost(_) | Self::Unresponsive { .. } => true,
            Self::Unreadable(_) | Self::NotText | Self::TooLarge { .. } => false,
        }
    }

    pub(super) fn from_socket(error: Error) -> Self {
        match error {
            Error::ConnectionClosed
            | Error::AlreadyClosed
            | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Self::abnormal(),
            Error::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
                Self::TooLarge { size, most: max_size }
            }
            other => Self::Lost(Box::new(other)),
        }
    }

    pub(super) fn abnormal() -> Self {
        Self::Closed { code: close_code::ABNORMAL, reason: String::new() }
    }
}

fn colon(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_is_told_in_words() {
        let expired = ReceiveError::Closed { code: 1001, reason: "too old".to_owned() };
        assert_eq!(expired.to_string(), "the other end closed the connection (code 1001: too old)");
        assert!(expired.is_final() && expired.is_recoverable());

        let beta = ReceiveError::Closed { code: 4000, reason: String::new() };
        assert_eq!(beta.to_string(), "the other end closed the connection (code 4000)");
        assert!(beta.is_final() && !beta.is_recoverable());
    }

    #[test]
    fn a_frame_that_cannot_be_read_ends_nothing() {
        let unreadable = ReceiveError::from(UnreadableEvent::custom(Some("error"), "odd"));

        assert!(!unreadable.is_final());
    }
}
