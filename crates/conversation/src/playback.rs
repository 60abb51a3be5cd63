//! What the caller has heard: never more than was sent.
//!
//! Items are played in order. When the caller speaks over them the line is cleared, and each item that was not heard to
//! its end is cut where the ear left it, or taken back where nothing of it was heard. Marks that a clear flushed carry an
//! old generation and count for nothing; audio of a response that was interrupted is dropped when it still comes.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use switchboard_audio::PlaybackClock;
use switchboard_realtime::{ItemId, ResponseId};

use crate::words::Words;

/// How long a character takes to say, at the least: of an item that is still being sent nobody knows how long it will be.
const CHARACTER: Duration = Duration::from_millis(50);
/// Interrupted responses are remembered while late events of theirs may come.
const REMEMBERED: usize = 32;

/// The caller's ear.
#[derive(Debug, Clone)]
pub(crate) struct Playback {
    clock: PlaybackClock<ItemId>,
    generation: u32,
    items: VecDeque<Speaking>,
    interrupted: VecDeque<ResponseId>,
    /// The last audio sent that its mark has not confirmed.
    unmarked: Option<(ItemId, Duration)>,
    /// Text is read as it comes: what was sent of it has been heard.
    text: bool,
}

/// An item that is being said.
#[derive(Debug, Clone)]
struct Speaking {
    item: ItemId,
    /// `None` for recorded audio of our own.
    response: Option<ResponseId>,
    /// Whether it is an item of the conversation, which the model must be told how much of was heard.
    kept: bool,
    agent: String,
    words: Words,
    sent: Duration,
    come: Come,
}

/// How much of an item has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Come {
    Some,
    /// All of its sound; something may still be said about it.
    Sound,
    All,
    /// No more than what is there: the link broke.
    Broken,
}

impl Speaking {
    /// The words heard when so much of the audio has been played.
    fn heard(&self, ear: Duration) -> &str {
        let all = matches!(self.come, Come::Sound | Come::All);
        let characters = u32::try_from(self.words.all().chars().count()).unwrap_or(u32::MAX);
        let least = if all { Duration::ZERO } else { CHARACTER.saturating_mul(characters) };
        self.words.heard(ear, self.sent.max(least).max(Duration::from_millis(1)))
    }
}

/// An item that the caller has heard, to its end or as far as they let it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) item: ItemId,
    /// `None` for recorded audio of our own.
    pub(crate) response: Option<ResponseId>,
    /// Whether the model must be told how much of it was heard.
    pub(crate) kept: bool,
    pub(crate) agent: String,
    pub(crate) words: String,
    /// Whether it is not all that was to be said.
    pub(crate) broken: bool,
    /// Milliseconds at the ear, whole ones, rounded down.
    pub(crate) ear: Duration,
}

impl Speaking {
    /// Nothing more of it comes.
    fn is_complete(&self) -> bool {
        matches!(self.come, Come::All | Come::Broken)
    }

    /// All of it has come.
    fn finish(&mut self) {
        if !self.is_complete() {
            self.come = Come::All;
            self.words.finish(self.sent);
        }
    }
}

impl Playback {
    /// The ear of a caller who hears, or the eye of one who reads `text`.
    pub(crate) fn new(text: bool, now: Instant) -> Self {
        Self {
            text,
            clock: PlaybackClock::new(now),
            generation: 0,
            items: VecDeque::new(),
            interrupted: VecDeque::new(),
            unmarked: None,
        }
    }

    /// The present generation: it counts clears.
    pub(crate) fn generation(&self) -> u32 {
        self.generation
    }

    /// Whether the response was interrupted: nothing more of it is played.
    pub(crate) fn is_interrupted(&self, response: &ResponseId) -> bool {
        self.interrupted.contains(response)
    }

    /// Nothing more of this response is to be played.
    pub(crate) fn interrupt(&mut self, response: &ResponseId) {
        if !self.is_interrupted(response) {
            self.interrupted.push_back(response.clone());
            if self.interrupted.len() > REMEMBERED {
                self.interrupted.pop_front();
            }
        }
    }

    /// An item begins to be said; `kept` in the conversation or not.
    pub(crate) fn begun(
        &mut self,
        response: Option<&ResponseId>,
        item: &ItemId,
        agent: &str,
        kept: bool,
    ) {
        if self.items.iter().all(|speaking| speaking.item != *item) {
            self.items.push_back(Speaking {
                item: item.clone(),
                response: response.cloned(),
                kept,
                agent: agent.to_owned(),
                words: Words::default(),
                sent: Duration::ZERO,
                come: Come::Some,
            });
        }
    }

    /// The next few characters of an item; returns those of them that are words, and no tags.
    pub(crate) fn words(&mut self, item: &ItemId, delta: &str) -> String {
        let Some(speaking) = self.find(item) else { return delta.to_owned() };
        let sent = speaking.sent;
        speaking.words.push(delta, sent)
    }

    /// Audio of an item, up to `until`, went out under this generation.
    pub(crate) fn sent(&mut self, item: &ItemId, until: Duration, generation: u32, now: Instant) {
        if generation != self.generation {
            return;
        }
        let Some(speaking) = self.find(item) else { return };
        let more = until.saturating_sub(speaking.sent);
        speaking.sent += more;
        self.clock.send(item, more, now);
        self.unmarked = Some((item.clone(), until));
    }

    /// All of an item has come.
    pub(crate) fn complete(&mut self, item: &ItemId) {
        if let Some(speaking) = self.find(item) {
            speaking.finish();
        }
    }

    /// The line played an item up to `until`, or flushed it.
    pub(crate) fn marked(&mut self, item: &ItemId, until: Duration, generation: u32, now: Instant) {
        if generation != self.generation {
            return;
        }
        self.clock.mark(item, until, self.clock.generation(), now);
        // Lines name their marks in whole milliseconds.
        if self
            .unmarked
            .as_ref()
            .is_some_and(|(last, end)| last == item && end.as_millis() <= until.as_millis())
        {
            self.unmarked = None;
        }
    }

    /// Whether audio has gone out whose end nobody has confirmed.
    pub(crate) fn awaits_mark(&self) -> bool {
        self.unmarked.is_some()
    }

    /// When the ear has heard, or had heard, everything sent so far, by the clock.
    pub(crate) fn ends_at(&self) -> Instant {
        self.clock.ends_at()
    }

    /// Whether some item of this response is still to be heard.
    pub(crate) fn holds(&self, response: &ResponseId) -> bool {
        self.items.iter().any(|speaking| speaking.response.as_ref() == Some(response))
    }

    /// Whether an item is being said.
    pub(crate) fn knows(&self, item: &ItemId) -> bool {
        self.items.iter().any(|speaking| speaking.item == *item)
    }

    /// All of a response has come.
    pub(crate) fn complete_response(&mut self, response: &ResponseId) {
        for speaking in
            self.items.iter_mut().filter(|speaking| speaking.response.as_ref() == Some(response))
        {
            speaking.finish();
        }
    }

    /// Nothing more comes: what is there is all.
    pub(crate) fn complete_all(&mut self) {
        for speaking in &mut self.items {
            speaking.finish();
        }
    }

    /// All sound of an item has come.
    pub(crate) fn sounded(&mut self, item: &ItemId) {
        if let Some(speaking) = self.find(item).filter(|speaking| speaking.come == Come::Some) {
            speaking.come = Come::Sound;
        }
    }

    /// The link is gone: what is there is all. Says whether everything that `response` was saying had come; returns the item
    /// that had not.
    pub(crate) fn lost(&mut self, response: Option<&ResponseId>) -> (bool, Option<ItemId>) {
        let (mut whole, mut broken) = (false, None);
        for speaking in &mut self.items {
            let of_it = response.is_some() && speaking.response.as_ref() == response;
            let all = matches!(speaking.come, Come::Sound | Come::All);
            if of_it && !all {
                broken = Some(speaking.item.clone());
            }
            whole |= of_it && all && !speaking.sent.is_zero();
            speaking.come = if all { Come::All } else { Come::Broken };
        }
        (whole && broken.is_none(), broken)
    }

    /// What is being said whole, as it will have been heard: items, their responses, their words.
    pub(crate) fn being_said(&self) -> impl Iterator<Item = (&ItemId, &ResponseId, &str)> {
        let whole = self.items.iter().filter(|speaking| speaking.come != Come::Broken);
        let said = whole.filter(|speaking| speaking.kept).filter_map(|speaking| {
            Some((&speaking.item, speaking.response.as_ref()?, speaking.words.all()))
        });
        said.filter(|(.., words)| !words.is_empty())
    }

    /// How much of an item is still to be heard.
    pub(crate) fn remaining(&self, item: &ItemId, now: Instant) -> Option<Duration> {
        let speaking = self.items.iter().find(|speaking| speaking.item == *item)?;
        Some(speaking.sent.saturating_sub(self.heard(speaking, now)))
    }

    /// Whether audio of our own is on its way to the line, and nobody knows yet how long it is.
    pub(crate) fn owns_pending(&self) -> bool {
        self.items.iter().any(|speaking| speaking.response.is_none() && !speaking.is_complete())
    }

    /// Whether nothing else is being said.
    pub(crate) fn only(&self, item: &ItemId) -> bool {
        self.items.iter().all(|speaking| speaking.item == *item)
    }

    /// Whether an item has words yet.
    pub(crate) fn wordless(&self, item: &ItemId) -> bool {
        self.items.iter().any(|speaking| speaking.item == *item && speaking.words.all().is_empty())
    }

    /// Whether audio of some item is still to come or to be heard.
    pub(crate) fn speaking(&self) -> bool {
        !self.items.is_empty()
    }

    /// Items that have been heard to their end since the last look.
    pub(crate) fn finished(&mut self, now: Instant) -> Vec<Heard> {
        let mut finished = Vec::new();
        while let Some(front) = self.items.front() {
            if !front.is_complete() || self.heard(front, now) < front.sent {
                break;
            }
            let Some(speaking) = self.items.pop_front() else { break };
            finished.push(Heard {
                // On a phone, words without sound were not said.
                words: if self.text {
                    speaking.words.all().to_owned()
                } else if !speaking.sent.is_zero() {
                    speaking.heard(speaking.sent).to_owned()
                } else {
                    String::new()
                },
                ear: speaking.sent,
                broken: speaking.come == Come::Broken,
                item: speaking.item,
                response: speaking.response,
                kept: speaking.kept,
                agent: speaking.agent,
            });
        }
        finished
    }

    /// When the next item will have been heard to its end.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.items.front().filter(|front| front.is_complete()).map(|_| self.clock.ends_at())
    }

    /// The caller spoke over it: everything not heard to its end is cut here, and a new generation begins.
    pub(crate) fn cut(&mut self, now: Instant) -> Vec<Heard> {
        self.generation += 1;
        self.unmarked = None;
        let items = std::mem::take(&mut self.items);
        let cut = items.into_iter().map(|speaking| {
            let heard = self.heard(&speaking, now);
            let heard = Duration::from_millis(u64::try_from(heard.as_millis()).unwrap_or(u64::MAX));
            let words = if self.text { speaking.words.all() } else { speaking.heard(heard) };
            Heard {
                words: words.to_owned(),
                ear: heard,
                broken: true,
                item: speaking.item,
                response: speaking.response,
                kept: speaking.kept,
                agent: speaking.agent,
            }
        });
        let cut = cut.collect();
        self.clock.clear(now);
        cut
    }

    /// How much of an item has been heard: what the clock has forgotten was heard long ago.
    fn heard(&self, speaking: &Speaking, now: Instant) -> Duration {
        self.clock.played(&speaking.item, now).unwrap_or(speaking.sent).min(speaking.sent)
    }

    fn find(&mut self, item: &ItemId) -> Option<&mut Speaking> {
        self.items.iter_mut().find(|speaking| speaking.item == *item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::start;

    const SECOND: Duration = Duration::from_secs(1);

    fn playing(seconds: u32) -> (Playback, ItemId, Instant) {
        let (mut playback, item, now) = (Playback::new(false, start()), ItemId::new("a1"), start());
        playback.begun(Some(&ResponseId::new("r1")), &item, "triage", true);
        playback.words(&item, "one two three four");
        playback.sent(&item, SECOND * seconds, 0, now);
        (playback, item, now)
    }

    #[test]
    fn barge_in_cuts_at_what_was_heard() {
        let (mut playback, item, now) = playing(4);

        let cut = playback.cut(now + SECOND * 2);

        assert_eq!(cut.len(), 1);
        assert_eq!(
            (&cut[0].item, cut[0].ear, cut[0].words.as_str()),
            (&item, SECOND * 2, "one two")
        );
        assert_eq!(playback.generation(), 1);
        assert!(!playback.speaking());
    }

    #[test]
    fn words_that_no_sound_had_come_for_were_not_said() {
        let (mut playback, item, now) = (Playback::new(false, start()), ItemId::new("a1"), start());
        let response = ResponseId::new("r1");
        playback.begun(Some(&response), &item, "triage", true);
        playback.words(&item, "one two three four five six seven eight");
        playback.sent(&item, SECOND, 0, now);

        assert_eq!(playback.clone().cut(now + SECOND)[0].words, "one two three four");
        let (whole, broken) = playback.lost(Some(&response));
        assert!(!whole);
        assert_eq!(broken, Some(item));
        assert_eq!(playback.finished(now + SECOND)[0].words, "one two three four");
    }

    #[test]
    fn never_more_is_heard_than_was_sent() {
        let (mut playback, _, now) = playing(1);

        assert_eq!(playback.cut(now + SECOND * 9)[0].ear, SECOND);
    }

    #[test]
    fn marks_and_audio_of_an_old_generation_count_for_nothing() {
        let (mut playback, item, now) = playing(4);
        playback.cut(now);
        playback.begun(None, &item, "triage", false);
        playback.sent(&item, SECOND * 4, 0, now);
        playback.marked(&item, SECOND * 4, 0, now);

        assert_eq!(playback.cut(now + SECOND)[0].ear, Duration::ZERO);
    }

    #[test]
    fn a_mark_in_whole_milliseconds_confirms_the_last_audio() {
        let (mut playback, item, now) = playing(1);
        playback.sent(&item, SECOND + Duration::from_micros(125), 0, now);
        assert!(playback.awaits_mark());

        playback.marked(&item, SECOND, 0, now + SECOND);

        assert!(!playback.awaits_mark());
    }

    #[test]
    fn an_item_is_finished_when_it_is_complete_and_heard() {
        let (mut playback, item, now) = playing(2);
        assert_eq!(playback.finished(now + SECOND * 3), []);

        playback.complete(&item);

        assert_eq!(playback.finished(now + SECOND), []);
        assert_eq!(playback.finished(now + SECOND * 3)[0].words, "one two three four");
    }

    #[test]
    fn on_a_phone_words_without_sound_were_not_said() {
        let (mut playback, item, now) = (Playback::new(false, start()), ItemId::new("a1"), start());
        playback.begun(None, &item, "triage", false);
        playback.words(&item, "never heard");
        playback.complete(&item);

        assert_eq!(playback.finished(now)[0].words, "");
    }

    #[test]
    fn text_is_read_at_once() {
        let (mut playback, item, now) = (Playback::new(true, start()), ItemId::new("a1"), start());
        playback.begun(None, &item, "triage", false);
        playback.words(&item, "typed");
        playback.complete(&item);

        assert_eq!(playback.finished(now)[0].words, "typed");
    }
}
