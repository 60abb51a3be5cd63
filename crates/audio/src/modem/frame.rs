//! A frame as bytes: preamble, sync word, header, text, check.

use crc::{CRC_16_IBM_3740, Crc, Table};

/// One byte of alternating bits, on which a receiver with a phase-locked loop can settle.
const PREAMBLE: u8 = 0x55;
/// A pattern that resembles none of its own shifts (the one space telemetry uses).
pub(super) const SYNC: u32 = 0x1ACF_FC1D;
/// The most bytes of text in a frame.
pub(super) const MAX_TEXT: usize = 32;
/// The most fragments of a word.
pub(super) const MAX_FRAGMENTS: usize = 16;

const HEADER: usize = 3;
const CHECK: usize = 2;

const FIRST: u8 = 1 << 0;
const LAST: u8 = 1 << 1;
const GOES_ON: u8 = 1 << 2;
const RESERVED: u8 = 1 << 3;
const FRAGMENT_SHIFT: u32 = 4;

static CRC: Crc<u16, Table<1>> = Crc::<u16, Table<1>>::new(&CRC_16_IBM_3740);

/// A word, or a fragment of one, or a hello.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    /// The word is the first of its utterance.
    pub(super) first: bool,
    /// The word is the last of its utterance.
    pub(super) last: bool,
    /// The word goes on in the next frame.
    pub(super) goes_on: bool,
    /// Counts the fragments of a word from 0, below [`MAX_FRAGMENTS`].
    pub(super) fragment: u8,
    /// Counts words.
    pub(super) sequence: u8,
    /// At most [`MAX_TEXT`] bytes; none in a hello.
    pub(super) text: String,
}

/// What the bytes received so far are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// The beginning of a frame.
    Incomplete,
    /// Not a frame.
    Invalid,
    /// A frame.
    Complete(Frame),
}

impl Frame {
    /// The frame that only says that its sender speaks the channel.
    pub(super) fn hello() -> Self {
        Self {
            first: false,
            last: false,
            goes_on: false,
            fragment: 0,
            sequence: 0,
            text: String::new(),
        }
    }

    pub(super) fn is_hello(&self) -> bool {
        self.text.is_empty()
    }

    /// All bytes of the frame, from the preamble to the check.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let flag = |set, flag| if set { flag } else { 0 };
        let flags = flag(self.first, FIRST) | flag(self.last, LAST) | flag(self.goes_on, GOES_ON);
        let length = u8::try_from(self.text.len()).expect("a frame's text has at most 32 bytes");
        let mut body = vec![flags | (self.fragment << FRAGMENT_SHIFT), self.sequence, length];
        body.extend(self.text.as_bytes());
        let check = CRC.checksum(&body);
        let mut bytes = vec![PREAMBLE];
        bytes.extend(SYNC.to_be_bytes());
        bytes.extend(body);
        bytes.extend(check.to_be_bytes());
        bytes
    }

    /// Reads the bytes after a sync word, as many as have come.
    pub(super) fn parse(bytes: &[u8]) -> Progress {
        let &[flags, sequence, length, ref rest @ ..] = bytes else { return Progress::Incomplete };
        let length = usize::from(length);
        let is_unlike_hello = length == 0 && (flags, sequence) != (0, 0);
        if flags & RESERVED != 0 || length > MAX_TEXT || is_unlike_hello {
            return Progress::Invalid;
        }
        if rest.len() < length + CHECK {
            return Progress::Incomplete;
        }
        let (text, check) = rest.split_at(length);
        let computed = CRC.checksum(&bytes[..HEADER + length]).to_be_bytes();
        match std::str::from_utf8(text) {
            Ok(text) if check == computed => Progress::Complete(Self {
                first: flags & FIRST != 0,
                last: flags & LAST != 0,
                goes_on: flags & GOES_ON != 0,
                fragment: flags >> FRAGMENT_SHIFT,
                sequence,
                text: text.to_owned(),
            }),
            _ => Progress::Invalid,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hi() -> Frame {
        Frame {
            first: true,
            last: true,
            goes_on: false,
            fragment: 0,
            sequence: 0,
            text: "hi".into(),
        }
    }

    #[test]
    fn the_documented_example_is_what_is_sent() {
        assert_eq!(
            hi().to_bytes(),
            [0x55, 0x1A, 0xCF, 0xFC, 0x1D, 0x03, 0x00, 0x02, 0x68, 0x69, 0xEE, 0xB2]
        );
    }

    #[test]
    fn a_frame_is_read_when_its_last_byte_is_there() {
        let frame =
            Frame { goes_on: true, fragment: 15, sequence: 255, text: "Grüße".into(), ..hi() };
        let bytes = frame.to_bytes();
        let body = &bytes[5..];
        for length in 0..body.len() {
            assert_eq!(Frame::parse(&body[..length]), Progress::Incomplete);
        }
        assert_eq!(Frame::parse(body), Progress::Complete(frame));
    }

    #[test]
    fn a_hello_is_a_frame_without_text() {
        let bytes = Frame::hello().to_bytes();
        assert_eq!(bytes.len(), 10);
        assert_eq!(Frame::parse(&bytes[5..]), Progress::Complete(Frame::hello()));
    }

    #[test]
    fn one_wrong_bit_is_never_accepted() {
        let bytes = hi().to_bytes();
        let body = &bytes[5..];
        for bit in 0..body.len() * 8 {
            let mut broken = body.to_vec();
            broken[bit / 8] ^= 0x80 >> (bit % 8);
            assert!(!matches!(Frame::parse(&broken), Progress::Complete(_)), "bit {bit}");
        }
    }

    #[test]
    fn impossible_headers_are_refused_at_once() {
        assert_eq!(Frame::parse(&[0x08, 0, 1]), Progress::Invalid);
        assert_eq!(Frame::parse(&[0, 1, 0]), Progress::Invalid);
        assert_eq!(Frame::parse(&[0x10, 0, 0]), Progress::Invalid);
        assert_eq!(Frame::parse(&[0, 0, 33]), Progress::Invalid);
    }

    #[test]
    fn the_sync_word_does_not_resemble_its_shifts_into_preamble_and_carrier() {
        let sent = u64::from(SYNC) | (u64::from(PREAMBLE) << 32) | (0xFF_FFFF << 40);
        for shift in 1..32 {
            let seen = u32::try_from((sent >> shift) & u64::from(u32::MAX)).unwrap();
            assert!((seen ^ SYNC).count_ones() >= 8, "shifted by {shift}");
        }
    }
}
