//! The acoustic text channel: words carried in the audio band, for callers and models that have no speech engine.
//!
//! A virtual caller *says* something by sending these tones down an ordinary call, and a simulated model *hears* it, through
//! G.711, resampling, attenuation and line noise; and the other way round. Since each word is a frame of its own, sent when a
//! speaker would say it, audio that was cut off anywhere still yields exactly the words that were complete. What was said, what was
//! heard, and where it stopped are read off the audio itself.
//!
//! ```
//! use switchboard_audio::SampleRate;
//! use switchboard_audio::modem::{Demodulator, Modulator};
//!
//! let spoken = Modulator::new(SampleRate::Khz8).speak("what is my balance");
//! let cut = spoken.words[1].end_sample; // the line goes dead after the second word
//!
//! let heard = Demodulator::new(SampleRate::Khz8).push(&spoken.samples[..cut]);
//! let words: Vec<_> = heard.iter().map(|heard| heard.word.as_str()).collect();
//! assert_eq!(words, ["what", "is"]);
//! assert!(heard[0].first && !heard[1].last);
//! ```
//!
//! # On the wire
//!
//! What follows is all that another program needs to speak or understand the channel.
//!
//! **Tones.** Binary frequency-shift keying with continuous phase at 1,200 bits a second: a 1 is 1,200 Hz, a 0 is 2,200 Hz (the tones of
//! Bell 202), at a peak of -10 dBFS. A bit lasts 6 2/3 samples at 8 kHz, 20 at 24 kHz. Between frames the carrier stays on, at
//! 1,200 Hz, for any length of time, so that a voice-activity detector sees one stretch of speech. An utterance rises over its
//! first 10 ms and falls over its last 10 ms; at least 50 ms of carrier precede its first frame, and 30 ms follow its last.
//! There are no start bits, stop bits, stuffed bits or scrambling. Between two frames lie at least 4 bits of carrier, but nothing
//! ties a frame's first bit to the last bit of the frame before: bit timing is taken from each sync word anew.
//!
//! **Frame.** Bytes in this order, the most significant bit of each first, multi-byte values high byte first:
//!
//! | bytes | field | content |
//! | --- | --- | --- |
//! | 1 | preamble | `55` |
//! | 4 | sync word | `1A CF FC 1D` |
//! | 1 | flags | bit 0: the word is the first of its utterance; bit 1: it is the last; bit 2: it goes on in the next frame; bit 3: zero; bits 4–7: the number of this fragment, from 0 |
//! | 1 | sequence | counts words from 0, modulo 256, the same in every fragment of a word |
//! | 1 | length | bytes of text in this frame, 0 to 32 |
//! | *length* | text | UTF-8, cut between characters |
//! | 2 | check | CRC-16/IBM-3740 (polynomial `1021`, initial value `FFFF`, not reflected, no final exclusive-or) over flags, sequence, length and text |
//!
//! **Words.** Text is split at white space. A word of up to 32 bytes is one frame; a longer one is split into fragments, which follow
//! one another, each marked but the last with bit 2; first and last flags stand in every fragment. A word longer than 16 fragments
//! is sent as several words. A receiver that misses a fragment drops the word, and sees from the sequence that one is missing. The sequence goes on from utterance
//! to utterance of one sender.
//!
//! **Timing.** Each word has a slot of 1/4 s (or what the sender chose), in which the carrier comes first and the frame ends with the
//! slot: a word is complete when a speaker would have finished saying it. A frame that takes longer than the slot makes the slot longer.
//!
//! **Hello.** A frame without text (its flags and its sequence zero, too) says no more than that its sender speaks the channel, so that
//! the other side may answer in kind. It carries no word and counts as none. It is sent at a peak of -58 dBFS, with no carrier before it
//! and 2 bits of it behind: too short and too faint for a voice-activity detector.
//!
//! **Example.** The utterance “hi”, as the first word of a new sender, is the frame
//! `55 1A CF FC 1D 03 00 02 68 69` followed by its check, `EE B2`.

mod demodulator;
mod detector;
mod frame;
mod modulator;
mod tones;
mod utterance;

pub use demodulator::{Demodulator, Heard};
pub use modulator::{Modulator, Spoken, SpokenWord};
pub use utterance::{Utterance, Utterances};
