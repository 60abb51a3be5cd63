//! Tokens: what a response reads, how much of it the server has read before, and what is left of the budget.
//!
//! Text counts a token for every four characters, the caller's audio one for every 100 ms, the model's one for every 50 ms. What
//! stands unchanged at the beginning of the input, compared with the response before, comes from the cache.

use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::time::Duration;

use switchboard_realtime::{
    CachedTokens, Content, InputTokens, ItemBody, OutputTokens, RateLimit, RateLimitName, Role,
    Usage,
};

use super::entry::Entry;

const MS_A_USER_TOKEN: u64 = 100;
const MS_AN_ASSISTANT_TOKEN: u64 = 50;
const TOKENS_AN_IMAGE: u64 = 85;

/// Tokens of a text.
pub(super) fn of_text(text: &str) -> u64 {
    (text.chars().count() as u64).div_ceil(4)
}

/// Tokens of the model's audio.
pub(super) fn of_speech(length: Duration) -> u64 {
    whole_ms(length).div_ceil(MS_AN_ASSISTANT_TOKEN)
}

/// Tokens of the caller's audio.
pub(super) fn of_hearing(length: Duration) -> u64 {
    whole_ms(length).div_ceil(MS_A_USER_TOKEN)
}

fn whole_ms(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

/// A piece of a response's input: its tokens, and what tells it from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    print: u64,
    text: u64,
    audio: u64,
    image: u64,
}

impl Piece {
    /// A text, such as the instructions.
    pub(super) fn of_text(text: &str) -> Self {
        Self { print: print(text), text: of_text(text), audio: 0, image: 0 }
    }

    /// An item.
    pub(super) fn of_entry(entry: &Entry) -> Self {
        let text = match &entry.item.body {
            ItemBody::Message(message) => message.text(),
            ItemBody::FunctionCall(call) => format!("{}{}", call.name, call.arguments),
            ItemBody::FunctionCallOutput(output) => output.output.clone(),
            _ => String::new(),
        };
        let message = entry.item.as_message();
        let is_user = message.is_some_and(|message| message.role == Role::User);
        let length = entry.sound.as_ref().map_or(Duration::ZERO, |sound| sound.length);
        let audio = if is_user { of_hearing(length) } else { of_speech(length) };
        let images = message.map_or(0, |message| {
            message.content.iter().filter(|part| matches!(part, Content::InputImage { .. })).count()
        });
        // The caller's transcript is for people; the model has the audio.
        let words = if is_user && entry.sound.is_some() { 0 } else { of_text(&text) };
        let id = entry.item.id.as_ref().map_or("", |id| id.as_str());
        Self {
            print: print(&(id, &text, length)),
            text: words,
            audio,
            image: TOKENS_AN_IMAGE * images as u64,
        }
    }
}

fn print(what: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// What the server remembers of the input before.
#[derive(Debug, Default)]
pub(super) struct Cache(Vec<Piece>);

impl Cache {
    /// Counts a response's input, and remembers it for the next.
    pub(super) fn read(&mut self, pieces: Vec<Piece>) -> InputTokens {
        let known =
            pieces.iter().zip(&self.0).take_while(|(piece, before)| piece == before).count();
        let sum =
            |pieces: &[Piece], count: fn(&Piece) -> u64| pieces.iter().map(count).sum::<u64>();
        let cached = &pieces[..known];
        let cached_tokens_details = CachedTokens {
            text_tokens: sum(cached, |piece| piece.text),
            audio_tokens: sum(cached, |piece| piece.audio),
            image_tokens: sum(cached, |piece| piece.image),
        };
        let CachedTokens { text_tokens, audio_tokens, image_tokens } = cached_tokens_details;
        let input = InputTokens {
            text_tokens: sum(&pieces, |piece| piece.text),
            audio_tokens: sum(&pieces, |piece| piece.audio),
            image_tokens: sum(&pieces, |piece| piece.image),
            cached_tokens: text_tokens + audio_tokens + image_tokens,
            cached_tokens_details,
        };
        self.0 = pieces;
        input
    }
}

/// The whole usage of a response.
pub(super) fn usage(input: InputTokens, output: OutputTokens) -> Usage {
    let input_tokens = input.text_tokens + input.audio_tokens + input.image_tokens;
    let output_tokens = output.text_tokens + output.audio_tokens;
    Usage {
        total_tokens: input_tokens + output_tokens,
        input_tokens,
        output_tokens,
        input_token_details: input,
        output_token_details: output,
    }
}

/// Tokens for a minute, given back little by little.
#[derive(Debug)]
pub(super) struct Budget {
    limit: u64,
    used: f64,
    at: Duration,
}

impl Budget {
    pub(super) fn new(limit: u64) -> Self {
        Self { limit: limit.max(1), used: 0.0, at: Duration::ZERO }
    }

    /// An empty budget that is full again after so long.
    pub(super) fn used_up(&self, reset: Duration) -> RateLimit {
        RateLimit {
            name: Some(RateLimitName::Tokens),
            limit: Some(self.limit),
            remaining: Some(0),
            reset_seconds: Some(reset.as_secs_f64()),
        }
    }

    /// Takes tokens out, and says what is left.
    #[expect(
        clippy::cast_precision_loss,
        reason = "tokens of a minute are far from what a float cannot count"
    )]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the limit and to nought"
    )]
    pub(super) fn spend(&mut self, tokens: u64, now: Duration) -> RateLimit {
        let a_second = self.limit as f64 / 60.0;
        let given_back = now.saturating_sub(self.at).as_secs_f64() * a_second;
        self.used = (self.used - given_back).max(0.0) + tokens as f64;
        self.at = now;
        let remaining = (self.limit as f64 - self.used).max(0.0) as u64;
        RateLimit {
            name: Some(RateLimitName::Tokens),
            limit: Some(self.limit),
            remaining: Some(remaining),
            reset_seconds: Some((self.used / a_second * 1_000.0).round() / 1_000.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use switchboard_realtime::{AudioFormat, Item};

    use super::super::entry::Sound;
    use super::*;

    #[test]
    fn audio_counts_by_its_length() {
        assert_eq!(of_hearing(Duration::from_secs(1)), 10);
        assert_eq!(of_speech(Duration::from_millis(1_010)), 21);
        let entry = Entry::spoken_by_user(
            Sound::new(AudioFormat::Pcmu, vec![0xFF; 16_000]),
            "hello".to_owned(),
        );
        let piece = Piece::of_entry(&entry);
        assert_eq!((piece.text, piece.audio), (0, 20));
    }

    #[test]
    fn an_unchanged_beginning_is_cached_and_a_part_of_the_input() {
        let mut cache = Cache::default();
        let instructions = Piece::of_text("You answer the phone.");
        let hello = Piece::of_entry(&Entry::new(Item::user_text("hello").with_id("a")));
        let first = cache.read(vec![instructions, hello]);
        assert_eq!(first.cached_tokens, 0);

        let more = Piece::of_entry(&Entry::new(Item::user_text("and more").with_id("b")));
        let second = cache.read(vec![instructions, hello, more]);
        assert_eq!(second.cached_tokens, first.text_tokens);
        assert_eq!(second.text_tokens, first.text_tokens + 2);

        let third = cache.read(vec![Piece::of_text("Something else."), hello, more]);
        assert_eq!(third.cached_tokens, 0);
    }

    #[test]
    fn a_budget_comes_back_within_a_minute() {
        let mut budget = Budget::new(6_000);
        let spent = budget.spend(600, Duration::ZERO);
        assert_eq!((spent.remaining, spent.reset_seconds), (Some(5_400), Some(6.0)));
        assert_eq!(budget.spend(0, Duration::from_secs(6)).remaining, Some(6_000));
    }
}
