//! How large, how long, how often.

use std::time::Duration;

use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Taken from the stream at once. The library's default of 128 KiB would be most of what a call needs.
const READ_BUFFER: usize = 4 * KIB;
/// Frames that are fed leave when they are flushed, or when this much waits. Nothing is set aside for it.
const WRITE_BUFFER: usize = 4 * KIB;

/// The limits of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketSettings {
    /// The largest message that is taken in, in bytes; a larger one ends the connection.
    pub max_message: usize,
    /// The most that may wait to be written, in bytes, and so the largest message that can be sent.
    pub max_write_buffer: usize,
    /// How long a write may take before the peer is given up.
    pub write_timeout: Duration,
    /// How often the peer is pinged.
    pub ping_every: Duration,
    /// How many pings in a row may go without any sign of life before the peer is given up.
    pub max_missed_pings: u32,
    /// How long [`accept`](super::accept) waits for a client's handshake.
    pub handshake_timeout: Duration,
}

impl SocketSettings {
    /// For the end that dials: messages up to 16 MiB come in. What it sends may be as large as the largest append: 15 MiB
    /// of audio are 20 MiB of base64. A model that is gone without a word is noticed within a dozen seconds: somebody waits on
    /// the line.
    pub const fn client() -> Self {
        Self {
            max_message: 16 * MIB,
            max_write_buffer: 24 * MIB,
            write_timeout: Duration::from_secs(5),
            ping_every: Duration::from_secs(4),
            max_missed_pings: 2,
            handshake_timeout: Duration::from_secs(10),
        }
    }

    /// For the end that accepts: messages up to 24 MiB come in.
    pub const fn server() -> Self {
        let ping_every = Duration::from_secs(20);
        Self { max_message: 24 * MIB, ping_every, ..Self::client() }
    }

    pub(super) fn config(&self) -> WebSocketConfig {
        WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(WRITE_BUFFER)
            // One message on top of what waits for a flush, and the header of its frame.
            .max_write_buffer_size(self.max_write_buffer.saturating_add(2 * WRITE_BUFFER))
            .max_message_size(Some(self.max_message))
            .max_frame_size(Some(self.max_message))
    }
}
