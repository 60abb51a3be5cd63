//! What a call costs: tokens.

use std::ops::AddAssign;

use serde::Serialize;

/// Tokens of one response, or of a whole call. Cached tokens are part of the input, not on top of it (protocol, section
/// 9).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tokens {
    /// Text that went in, cached or not.
    pub input_text: u64,
    /// Audio that went in, cached or not.
    pub input_audio: u64,
    /// Of the text that went in, what was cached.
    pub cached_text: u64,
    /// Of the audio that went in, what was cached.
    pub cached_audio: u64,
    /// Text that came out, function calls included.
    pub output_text: u64,
    /// Audio that came out.
    pub output_audio: u64,
}

impl Tokens {
    /// Everything that went in.
    pub fn input(&self) -> u64 {
        self.input_text + self.input_audio
    }

    /// Everything that came out.
    pub fn output(&self) -> u64 {
        self.output_text + self.output_audio
    }

    /// What went in and was cached.
    pub fn cached(&self) -> u64 {
        self.cached_text + self.cached_audio
    }
}

impl AddAssign for Tokens {
    fn add_assign(&mut self, more: Self) {
        self.input_text += more.input_text;
        self.input_audio += more.input_audio;
        self.cached_text += more.cached_text;
        self.cached_audio += more.cached_audio;
        self.output_text += more.output_text;
        self.output_audio += more.output_audio;
    }
}

/// What a call has used so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// Responses that ended, however they ended.
    pub responses: u64,
    /// Their tokens.
    pub tokens: Tokens,
}

impl Usage {
    /// A response ended.
    pub(crate) fn response(&mut self, tokens: Option<Tokens>) {
        self.responses += 1;
        self.tokens += tokens.unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cached_tokens_are_part_of_the_input() {
        let mut usage = Usage::default();
        let tokens = Tokens {
            input_text: 100,
            cached_text: 80,
            input_audio: 10,
            output_audio: 40,
            ..Tokens::default()
        };

        usage.response(Some(tokens));
        usage.response(None);

        assert_eq!(usage.responses, 2);
        assert_eq!(usage.tokens.input(), 110);
        assert_eq!(usage.tokens.cached(), 80);
        assert_eq!(usage.tokens.output(), 40);
    }
}
