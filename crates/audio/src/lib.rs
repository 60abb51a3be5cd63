//! Audio without a network: formats, G.711, resampling, voice activity, WAV, the playback clock and a text channel in the voice band.
//!
//! Nothing in this crate reads a clock, opens a socket or starts a task. What takes time takes it as an argument, what is a
//! stream takes pieces of any length, and what was fed the same inputs gives the same outputs.
//!
//! A caller who speaks in tones, over a telephone line, to a hearer at the model's rate:
//!
//! ```
//! use switchboard_audio::modem::{Demodulator, Modulator};
//! use switchboard_audio::vad::{EnergyVad, VadEvent, VadSettings};
//! use switchboard_audio::{Resampler, SampleRate, g711};
//!
//! let spoken = Modulator::new(SampleRate::Khz8).speak("what is my balance");
//! let line = g711::encode_mulaw(&spoken.samples);
//!
//! let mut to_model = Resampler::new(SampleRate::Khz8, SampleRate::Khz24);
//! let mut vad = EnergyVad::new(SampleRate::Khz24, VadSettings::default());
//! let mut ear = Demodulator::new(SampleRate::Khz24);
//! let (mut events, mut words) = (Vec::new(), Vec::new());
//! for frame in line.chunks(160) {
//!     let audio = to_model.push(&g711::decode_mulaw(frame));
//!     events.extend(vad.push(&audio));
//!     words.extend(ear.push(&audio).into_iter().map(|heard| heard.word));
//! }
//! assert_eq!(events, [VadEvent::SpeechStarted { at_ms: 0 }]);
//! assert_eq!(words, ["what", "is", "my", "balance"]);
//! ```
//!
//! The types to know:
//!
//! - [`PlaybackClock`] knows what a caller has really heard: the heart of a clean barge-in.
//! - [`Pacer`] cuts audio into the 20 ms frames of a telephone line, each with its due time.
//! - [`modem`] carries words in the audio itself, so that whole calls are tested without a speech engine.
//! - [`vad::EnergyVad`] tells speech from a line's noise. The model's server does this for real calls; the simulator has to.
//!
//! What audio means (items, turns, responses) is left to the crates above.

mod convert;
pub mod g711;
pub mod modem;
mod pacer;
pub mod pcm16;
mod playback;
mod rate;
mod resample;
#[cfg(test)]
#[expect(clippy::cast_precision_loss, reason = "sounds for tests are short")]
mod signals;
pub mod vad;
pub mod wav;

pub use pacer::{FRAME, Frame, Pacer};
pub use playback::{Cut, PlaybackClock};
pub use rate::SampleRate;
pub use resample::{Resampler, resample};
