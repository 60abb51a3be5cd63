//! Audio that knows when it was sent: each frame begins with its time.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use switchboard_realtime::Payload;

use crate::frame::BYTES;

static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

/// A frame of audio that is sent now.
pub(crate) fn stamped() -> Payload {
    let mut audio = [0x55; BYTES];
    let now = u64::try_from(BEGINNING.elapsed().as_nanos()).expect("runs are short");
    audio[..8].copy_from_slice(&now.to_le_bytes());
    Payload::encode(&audio)
}

/// When the frames were sent that this audio holds, one or several merged. Unreadable audio holds none.
pub(crate) fn times(base64: &str) -> Vec<Instant> {
    let audio = Payload::from_base64(base64.to_owned()).and_then(|payload| payload.decode());
    let audio = audio.unwrap_or_default();
    let frames = audio.chunks_exact(BYTES);
    let stamps = frames.filter_map(|frame| frame.first_chunk::<8>());
    stamps.map(|stamp| *BEGINNING + Duration::from_nanos(u64::from_le_bytes(*stamp))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_tell_their_times_also_when_merged() {
        let before = Instant::now();
        let merged = Payload::concat(&[stamped(), stamped()]).unwrap();

        let times = times(merged.as_str());

        assert_eq!(times.len(), 2);
        assert!(times.iter().all(|at| *at >= before && *at <= Instant::now()));
    }
}
