//! Cutting audio into frames, and saying when each is due.
//!
//! A telephone line carries a frame every 20 ms; who sends a recording or a model's answer must neither flood it nor drift. The
//! schedule is fixed when audio begins to flow: a sender that is late for one frame sends the next at its own time, so that
//! lateness never adds up.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How much audio a frame holds.
pub const FRAME: Duration = Duration::from_millis(20);
const FRAME_MS: usize = 20;

/// Audio to be sent at a certain time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// 20 ms of audio, in the stream's format.
    pub audio: Vec<u8>,
    /// When it is due, by the schedule; not later than the time of the poll that returned it.
    pub due: Instant,
}

/// Cuts a stream of encoded audio into frames of 20 ms and paces them. It reads no clock.
///
/// ```
/// use std::time::{Duration, Instant};
/// use switchboard_audio::Pacer;
///
/// let start = Instant::now();
/// let mut pacer = Pacer::new(8); // mu-law: 8 bytes a millisecond
/// pacer.push(&[0; 400], start);
/// assert_eq!(pacer.poll(start).unwrap().audio.len(), 160);
/// assert_eq!(pacer.poll(start), None);
/// assert_eq!(pacer.next_due(), Some(start + Duration::from_millis(20)));
/// ```
#[derive(Debug, Clone)]
pub struct Pacer {
    bytes_per_ms: usize,
    interval: Duration,
    /// The byte that silence is made of, on a line that is never without frames.
    silence: Option<u8>,
    waiting: VecDeque<u8>,
    /// When the next frame is due, once the schedule runs.
    next: Option<Instant>,
}

impl Pacer {
    /// Makes a pacer for audio of so many bytes a millisecond (8 for G.711, 48 for 24 kHz PCM16), in real time.
    pub fn new(bytes_per_ms: usize) -> Self {
        Self { bytes_per_ms, interval: FRAME, silence: None, waiting: VecDeque::new(), next: None }
    }

    /// Fills every pause with frames of this byte, as a telephone line does: 0 for PCM16, or one of
    /// [`MULAW_SILENCE`](crate::g711::MULAW_SILENCE) and [`ALAW_SILENCE`](crate::g711::ALAW_SILENCE).
    pub fn with_silence(self, byte: u8) -> Self {
        Self { silence: Some(byte), ..self }
    }

    /// Paces frames this many times faster than real time, as a model delivers its audio.
    ///
    /// # Panics
    ///
    /// When `speed` is not a finite number above zero.
    pub fn with_speed(self, speed: f64) -> Self {
        assert!(speed.is_finite() && speed > 0.0, "a speed of {speed} is no pace");
        Self { interval: FRAME.div_f64(speed), ..self }
    }

    /// Takes more audio, of any length. After a pause the schedule starts anew at `now`.
    pub fn push(&mut self, audio: &[u8], now: Instant) {
        let had_run_dry = !self.has_frame();
        self.waiting.extend(audio);
        if had_run_dry {
            self.next = Some(self.next.map_or(now, |next| next.max(now)));
        }
    }

    /// Fills the last, partial frame with this byte, so that it is sent: the stream ends here, or pauses.
    pub fn finish(&mut self, silence: u8) {
        let whole = self.waiting.len().next_multiple_of(self.frame_bytes());
        self.waiting.resize(whole, silence);
    }

    /// Returns the next frame if it is due. Call it until it returns `None`, then again at [`next_due`](Self::next_due).
    pub fn poll(&mut self, now: Instant) -> Option<Frame> {
        let due = match (self.next, self.silence) {
            (None, Some(_)) => now,
            (next, _) => next?,
        };
        if due > now || !self.has_frame() {
            return None;
        }
        if let Some(byte) = self.silence.filter(|_| self.waiting.len() < self.frame_bytes()) {
            self.waiting.resize(self.frame_bytes(), byte);
        }
        let audio = self.waiting.drain(..self.frame_bytes()).collect();
        self.next = Some(due + self.interval);
        Some(Frame { audio, due })
    }

    /// When the next frame is due; `None` until there is more audio.
    pub fn next_due(&self) -> Option<Instant> {
        self.next.filter(|_| self.has_frame())
    }

    /// How much audio waits to be sent.
    pub fn waiting(&self) -> Duration {
        let micros = self.waiting.len() as u64 * 1_000 / self.bytes_per_ms.max(1) as u64;
        Duration::from_micros(micros)
    }

    /// Drops all audio that waits.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }

    fn frame_bytes(&self) -> usize {
        (self.bytes_per_ms * FRAME_MS).max(1)
    }

    fn has_frame(&self) -> bool {
        self.silence.is_some() || self.waiting.len() >= self.frame_bytes()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Every frame, polled at its time.
    fn drain(pacer: &mut Pacer) -> Vec<Frame> {
        std::iter::from_fn(|| pacer.next_due().and_then(|due| pacer.poll(due))).collect()
    }

    #[test]
    fn frames_are_twenty_milliseconds_apart() {
        let start = Instant::now();
        let mut pacer = Pacer::new(8);
        pacer.push(&[1; 480], start);
        let due: Vec<_> = drain(&mut pacer).iter().map(|frame| frame.due - start).collect();
        assert_eq!(due, [ms(0), ms(20), ms(40)]);
    }

    #[test]
    fn a_late_sender_catches_up_and_does_not_drift() {
        let start = Instant::now();
        let mut pacer = Pacer::new(8);
        pacer.push(&[1; 640], start);
        let late = start + ms(47);
        let mut sent = 0;
        while let Some(frame) = pacer.poll(late) {
            assert_eq!(frame.due, start + ms(sent * 20));
            sent += 1;
        }
        assert_eq!(sent, 3);
        assert_eq!(pacer.next_due(), Some(start + ms(60)));
    }

    #[test]
    fn the_schedule_starts_anew_after_a_pause() {
        let start = Instant::now();
        let mut pacer = Pacer::new(8);
        pacer.push(&[1; 160], start);
        drain(&mut pacer);
        pacer.push(&[1; 160], start + ms(5));
        assert_eq!(pacer.next_due(), Some(start + ms(20)));
        drain(&mut pacer);
        pacer.push(&[1; 160], start + ms(500));
        assert_eq!(pacer.next_due(), Some(start + ms(500)));
    }

    #[test]
    fn a_partial_frame_waits_for_its_rest_or_is_finished_with_silence() {
        let start = Instant::now();
        let mut pacer = Pacer::new(8);
        pacer.push(&[1; 100], start);
        assert_eq!(pacer.poll(start), None);
        assert_eq!(pacer.waiting(), Duration::from_micros(12_500));
        pacer.finish(0xFF);
        let frame = pacer.poll(start).unwrap();
        assert_eq!(frame.audio[..100], [1; 100]);
        assert_eq!(frame.audio[100..], [0xFF; 60]);
    }

    #[test]
    fn a_telephone_line_is_never_without_frames() {
        let start = Instant::now();
        let mut pacer = Pacer::new(8).with_silence(0xFF);
        assert_eq!(pacer.poll(start), Some(Frame { audio: vec![0xFF; 160], due: start }));
        pacer.push(&[1; 40], start + ms(3));
        let frame = pacer.poll(start + ms(20)).unwrap();
        assert_eq!((frame.audio[39], frame.audio[40]), (1, 0xFF));
        assert_eq!(pacer.next_due(), Some(start + ms(40)));
    }

    #[test]
    fn a_model_delivers_faster_than_real_time() {
        let start = Instant::now();
        let mut pacer = Pacer::new(48).with_speed(4.0);
        pacer.push(&[0; 960 * 5], start);
        assert_eq!(drain(&mut pacer).last().unwrap().due, start + ms(20));
    }

    #[test]
    fn cleared_audio_is_not_sent() {
        let start = Instant::now();
        let mut pacer = Pacer::new(8);
        pacer.push(&[1; 1_600], start);
        pacer.clear();
        assert_eq!(pacer.next_due(), None);
        assert_eq!(pacer.waiting(), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn every_byte_comes_out_once_and_in_order(pushes in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..500), 0..60_u64), 1..30)) {
            let start = Instant::now();
            let mut now = start;
            let mut pacer = Pacer::new(8);
            let (mut sent, mut got) = (Vec::new(), Vec::new());
            let mut last = None;
            for (audio, pause) in pushes {
                pacer.push(&audio, now);
                sent.extend(audio);
                now += ms(pause);
                while let Some(frame) = pacer.poll(now) {
                    prop_assert!(frame.due <= now);
                    prop_assert!(last.is_none_or(|last| frame.due >= last + FRAME));
                    last = Some(frame.due);
                    got.extend(frame.audio);
                }
            }
            pacer.finish(0);
            got.extend(drain(&mut pacer).into_iter().flat_map(|frame| frame.audio));
            prop_assert_eq!(&got[..sent.len()], &sent[..]);
            prop_assert!(got.len() < sent.len() + 160);
        }
    }
}
