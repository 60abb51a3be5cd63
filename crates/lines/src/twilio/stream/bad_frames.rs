//! How many bad frames a stream may send.

use tracing::warn;

use super::Ended;
use crate::twilio::message::BadFrame;

/// A stream that has sent more than these is not Twilio's.
pub(super) const MOST: u32 = 32;

/// Counts the frames that were dropped.
#[derive(Debug, Default)]
pub(super) struct BadFrames {
    seen: u32,
}

impl BadFrames {
    /// Counts one more, and ends the stream when it is one too many.
    pub(super) fn count(&mut self, bad: &BadFrame) -> Result<(), Ended> {
        self.seen += 1;
        warn!(problem = %bad, seen = self.seen, "a frame of a media stream was dropped");
        if self.seen <= MOST {
            return Ok(());
        }
        Err(Ended::BadFrames {
            last: bad.to_string(),
            too_large: matches!(bad, BadFrame::TooLarge { .. }),
        })
    }
}
