//! How much of what was sent to a caller has reached their ear.
//!
//! The model speaks faster than real time, so most of what was sent is still waiting in the line's queue when the caller
//! interrupts. The truth comes back only at *marks*, which the line echoes when its queue reaches them. Between marks this clock
//! runs by itself, a millisecond a millisecond, and never beyond what was sent.
//!
//! All audio since the last clear is one stream. Three numbers say where the ear is in it: an **anchor** (at this moment,
//! this position was playing: set by a mark, or by audio that arrives when nothing is queued), a **floor** (what was once called
//! played stays played, even where a mark shows that the clock had run ahead of a slow network), and the **total** sent.

mod track;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use track::Track;

/// How many items whose audio has been played to the end of what was sent are remembered, newest first.
const REMEMBERED: usize = 16;

/// Follows the playback of items, in the order they were sent. It reads no clock: every input says when it happened.
///
/// ```
/// use std::time::{Duration, Instant};
/// use switchboard_audio::PlaybackClock;
///
/// let start = Instant::now();
/// let ms = Duration::from_millis;
/// let mut clock = PlaybackClock::new(start);
/// clock.send(&"greeting", ms(2_000), start); // two seconds, sent at once
/// clock.finish(&"greeting");
///
/// assert_eq!(clock.played(&"greeting", start + ms(700)), Some(ms(700)));
/// let cut = clock.clear(start + ms(700)); // the caller speaks
/// assert_eq!((cut[0].item, cut[0].played_ms()), ("greeting", 700));
/// assert_eq!(clock.quiet_since(start + ms(800)), Some(start + ms(700)));
/// ```
#[derive(Debug, Clone)]
pub struct PlaybackClock<K> {
    generation: u32,
    tracks: VecDeque<Track<K>>,
    /// At this moment…
    anchor_at: Instant,
    /// …the ear was here in the stream.
    anchor: Duration,
    /// What has been reported as played by the time of the anchor.
    floor: Duration,
    /// The furthest mark that came back.
    confirmed: Duration,
    total: Duration,
}

/// An item that a clear cut short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut<K> {
    /// The item.
    pub item: K,
    /// How much of it the caller heard, from its start; never more than `sent`.
    pub played: Duration,
    /// How much of it had been sent.
    pub sent: Duration,
}

impl<K> Cut<K> {
    /// Whole milliseconds heard, rounded down: the `audio_end_ms` of a truncation. At 0 nothing was heard.
    pub fn played_ms(&self) -> u64 {
        u64::try_from(self.played.as_millis()).unwrap_or(u64::MAX)
    }
}

impl<K: Clone + Eq> PlaybackClock<K> {
    /// Starts a clock with nothing sent: the ear is quiet from `now`.
    pub fn new(now: Instant) -> Self {
        Self {
            generation: 0,
            tracks: VecDeque::new(),
            anchor_at: now,
            anchor: Duration::ZERO,
            floor: Duration::ZERO,
            confirmed: Duration::ZERO,
            total: Duration::ZERO,
        }
    }

    /// The number of clears so far. Marks carry it, so that those flushed by a clear can be told from those played.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Notes that `length` more of `item` went to the line, and returns all that was sent of it: the name of its mark.
    pub fn send(&mut self, item: &K, length: Duration, now: Instant) -> Duration {
        if length.is_zero() {
            return self.sent(item).unwrap_or_default();
        }
        if now >= self.ends_at() {
            (self.anchor_at, self.anchor) = (now, self.total);
        }
        let start = self.total;
        self.total += length;
        self.forget_the_oldest(now);
        let track = self.track_or_new(item);
        track.extend(start, length);
        track.sent()
    }

    /// Notes that no more audio of `item` will come: once played to its end, it counts as heard in full.
    pub fn finish(&mut self, item: &K) {
        if let Some(track) = self.tracks.iter_mut().find(|track| track.item == *item) {
            track.finished = true;
        }
    }

    /// Takes a mark that the line echoed: `item` has been played up to `until`.
    ///
    /// A mark of an earlier generation was flushed rather than played, and one behind a mark already seen says nothing new: both
    /// are ignored. So is one of an unknown item.
    pub fn mark(&mut self, item: &K, until: Duration, generation: u32, now: Instant) {
        let position = self.track(item).and_then(|track| track.position_of(until));
        let Some(position) =
            position.filter(|position| generation == self.generation && *position > self.confirmed)
        else {
            return;
        };
        self.floor = self.position(now).max(position);
        self.confirmed = position;
        (self.anchor_at, self.anchor) = (now, position);
    }

    /// How much of `item` the caller has heard, from its start. `None` for an item that was never sent, was cleared, or was
    /// played so long ago that it is forgotten.
    pub fn played(&self, item: &K, now: Instant) -> Option<Duration> {
        self.track(item).map(|track| track.played(self.position(now)))
    }

    /// How much of `item` was sent. `None` as for [`played`](Self::played).
    pub fn sent(&self, item: &K) -> Option<Duration> {
        self.track(item).map(Track::sent)
    }

    /// Whether `item` is finished and its last millisecond has been played.
    pub fn is_heard(&self, item: &K, now: Instant) -> bool {
        self.track(item).is_some_and(|track| self.is_over(track, now))
    }

    /// The item at the caller's ear, if the line is playing.
    pub fn playing(&self, now: Instant) -> Option<&K> {
        let position = self.position(now);
        let track = self.tracks.iter().find(|track| track.played(position) < track.sent())?;
        Some(&track.item)
    }

    /// How much audio was sent and not yet played.
    pub fn unplayed(&self, now: Instant) -> Duration {
        self.total.saturating_sub(self.position(now))
    }

    /// When the ear goes, or went, quiet, if nothing more is sent.
    pub fn ends_at(&self) -> Instant {
        self.anchor_at + self.total.saturating_sub(self.anchor)
    }

    /// Since when the ear has been quiet; `None` while the line plays. A mark that comes back late moves this forward, since
    /// it is the better witness.
    pub fn quiet_since(&self, now: Instant) -> Option<Instant> {
        Some(self.ends_at()).filter(|end| *end <= now)
    }

    /// Forgets everything, as the line does, and returns the items that were not heard in full, in order: those partly played,
    /// those not begun (played 0), and those played as far as they were sent but not [finished](Self::finish). A new generation begins.
    pub fn clear(&mut self, now: Instant) -> Vec<Cut<K>> {
        let position = self.position(now);
        let tracks = std::mem::take(&mut self.tracks);
        let quiet_from = self.ends_at().min(now);
        let generation = self.generation.wrapping_add(1);
        *self = Self { generation, ..Self::new(quiet_from) };
        tracks
            .into_iter()
            .map(|track| (track.played(position), track))
            .filter(|(played, track)| !track.finished || *played < track.sent())
            .map(|(played, track)| Cut { played, sent: track.sent(), item: track.item })
            .collect()
    }

    /// Where the ear is in the stream.
    fn position(&self, now: Instant) -> Duration {
        let run = now.saturating_duration_since(self.anchor_at);
        (self.anchor + run).max(self.floor).min(self.total)
    }

    fn is_over(&self, track: &Track<K>, now: Instant) -> bool {
        track.finished && track.played(self.position(now)) == track.sent()
    }

    fn track(&self, item: &K) -> Option<&Track<K>> {
        self.tracks.iter().find(|track| track.item == *item)
    }

    fn track_or_new(&mut self, item: &K) -> &mut Track<K> {
        let found = self.tracks.iter().position(|track| track.item == *item);
        let index = found.unwrap_or_else(|| {
            self.tracks.push_back(Track::new(item.clone()));
            self.tracks.len() - 1
        });
        &mut self.tracks[index]
    }

    fn forget_the_oldest(&mut self, now: Instant) {
        let position = self.position(now);
        while self.tracks.len() > REMEMBERED {
            match self.tracks.front() {
                Some(track) if track.played(position) == track.sent() => self.tracks.pop_front(),
                _ => break,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn clock() -> (PlaybackClock<&'static str>, Instant) {
        let start = Instant::now();
        (PlaybackClock::new(start), start)
    }

    #[test]
    fn a_new_clock_is_quiet_from_its_start() {
        let (clock, start) = clock();
        assert_eq!(clock.quiet_since(start + ms(50)), Some(start));
        assert_eq!(clock.played(&"a", start), None);
        assert_eq!(clock.playing(start), None);
    }

    #[test]
    fn the_clock_runs_between_marks_but_never_beyond_what_was_sent() {
        let (mut clock, start) = clock();
        assert_eq!(clock.send(&"a", ms(100), start), ms(100));
        assert_eq!(clock.send(&"a", ms(100), start + ms(10)), ms(200));
        assert_eq!(clock.played(&"a", start + ms(150)), Some(ms(150)));
        assert_eq!(clock.quiet_since(start + ms(150)), None);
        assert_eq!(clock.played(&"a", start + ms(900)), Some(ms(200)));
        assert_eq!(clock.quiet_since(start + ms(900)), Some(start + ms(200)));
    }

    #[test]
    fn audio_after_a_gap_starts_when_it_comes() {
        let (mut clock, start) = clock();
        clock.send(&"a", ms(100), start);
        clock.send(&"a", ms(100), start + ms(500));
        assert_eq!(clock.played(&"a", start + ms(550)), Some(ms(150)));
        assert_eq!(clock.ends_at(), start + ms(600));
    }

    #[test]
    fn items_play_one_after_the_other() {
        let (mut clock, start) = clock();
        clock.send(&"a", ms(100), start);
        clock.send(&"b", ms(100), start);
        let later = start + ms(130);
        assert_eq!(clock.played(&"a", later), Some(ms(100)));
        assert_eq!(clock.played(&"b", later), Some(ms(30)));
        assert_eq!(clock.playing(later), Some(&"b"));
        assert_eq!(clock.unplayed(later), ms(70));
    }

    #[test]
    fn an_early_mark_moves_the_clock_forward() {
        let (mut clock, start) = clock();
        clock.send(&"a", ms(400), start);
        clock.mark(&"a", ms(200), 0, start + ms(100));
        assert_eq!(clock.played(&"a", start + ms(100)), Some(ms(200)));
        assert_eq!(clock.ends_at(), start + ms(300));
    }

    #[test]
    fn a_late_mark_slows_the_clock_but_takes_nothing_back() {
        let (mut clock, start) = clock();
        clock.send(&"a", ms(400), start);
        clock.mark(&"a", ms(200), 0, start + ms(300));
        assert_eq!(clock.played(&"a", start + ms(300)), Some(ms(300)));
        assert_eq!(clock.played(&"a", start + ms(350)), Some(ms(300)));
        assert_eq!(clock.played(&"a", start + ms(450)), Some(ms(350)));
        assert_eq!(clock.quiet_since(start + ms(450)), None);
        assert_eq!(clock.quiet_since(start + ms(500)), Some(start + ms(500)));
    }

    #[test]
    fn marks_of_another_generation_unknown_items_and_repeats_count_for_nothing() {
        let (mut clock, start) = clock();
        clock.send(&"a", ms(400), start);
        clock.mark(&"a", ms(400), 7, start);
        clock.mark(&"b", ms(400), 0, start);
        clock.mark(&"a", ms(0), 0, start);
        assert_eq!(clock.played(&"a", start), Some(ms(0)));
        clock.mark(&"a", ms(100), 0, start + ms(100));
        clock.mark(&"a", ms(100), 0, start + ms(200));
        assert_eq!(clock.played(&"a", start + ms(200)), Some(ms(200)));
    }

    #[test]
    fn a_mark_beyond_what_was_sent_is_clamped() {
        let (mut clock, start) = clock();
        clock.send(&"a", ms(100), start);
        clock.mark(&"a", ms(900), 0, start + ms(1));
        assert_eq!(clock.played(&"a", start + ms(1)), Some(ms(100)));
    }

    #[test]
    fn clear_tells_what_was_heard_of_each_item_and_empties_the_clock() {
        let (mut clock, start) = clock();
        for item in ["heard", "cut", "unheard"] {
            clock.send(&item, ms(100), start);
            clock.finish(&item);
        }
        let now = start + Duration::from_micros(130_900);
        assert!(clock.is_heard(&"heard", now));
        let cuts = clock.clear(now);
        let told: Vec<_> = cuts.iter().map(|cut| (cut.item, cut.played_ms(), cut.sent)).collect();
        assert_eq!(told, [("cut", 30, ms(100)), ("unheard", 0, ms(100))]);
        assert_eq!(clock.generation(), 1);
        assert_eq!(clock.quiet_since(now), Some(now));
        assert_eq!(clock.played(&"cut", now), None);
        assert_eq!(clock.clear(now), []);
    }

    #[test]
    fn an_item_that_may_still_grow_is_cut_even_when_all_of_it_was_played() {
        let (mut clock, start) = clock();
        clock.send(&"a", ms(100), start);
        let cuts = clock.clear(start + ms(400));
        assert_eq!(cuts, [Cut { item: "a", played: ms(100), sent: ms(100) }]);
        assert_eq!(clock.quiet_since(start + ms(400)), Some(start + ms(100)));
    }

    #[test]
    fn marks_flushed_by_a_clear_do_not_touch_what_is_sent_after_it() {
        let (mut clock, start) = clock();
        clock.send(&"a", ms(500), start);
        clock.clear(start + ms(100));
        clock.send(&"a", ms(500), start + ms(200));
        clock.mark(&"a", ms(500), 0, start + ms(201));
        assert_eq!(clock.played(&"a", start + ms(210)), Some(ms(10)));
    }

    #[test]
    fn interleaved_items_keep_their_own_count() {
        let (mut clock, start) = clock();
        clock.send(&"a", ms(100), start);
        clock.send(&"b", ms(100), start);
        assert_eq!(clock.send(&"a", ms(100), start), ms(200));
        assert_eq!(clock.played(&"a", start + ms(250)), Some(ms(150)));
        clock.mark(&"a", ms(200), 0, start + ms(250));
        assert_eq!(clock.played(&"b", start + ms(250)), Some(ms(100)));
        assert_eq!(clock.quiet_since(start + ms(250)), Some(start + ms(250)));
    }

    #[test]
    fn old_items_are_forgotten() {
        let start = Instant::now();
        let mut clock = PlaybackClock::new(start);
        for item in 0..1_000_u32 {
            clock.send(&item, ms(10), start + ms(u64::from(item) * 20));
            clock.finish(&item);
        }
        assert!(clock.tracks.len() <= REMEMBERED + 1);
        assert_eq!(clock.played(&999, start + ms(30_000)), Some(ms(10)));
        assert_eq!(clock.played(&3, start + ms(30_000)), None);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Send(u8, u64),
        Finish(u8),
        Mark(u8, u64, u32),
        Clear,
    }

    fn steps() -> impl Strategy<Value = Vec<(Step, u64)>> {
        let step = prop_oneof![
            5 => (0..4_u8, 0..400_u64).prop_map(|(item, ms)| Step::Send(item, ms)),
            1 => (0..4_u8).prop_map(Step::Finish),
            4 => (0..4_u8, 0..800_u64, 0..3_u32).prop_map(|(i, ms, g)| Step::Mark(i, ms, g)),
            1 => Just(Step::Clear),
        ];
        proptest::collection::vec((step, 0..300_u64), 0..60)
    }

    proptest! {
        #[test]
        fn played_never_passes_sent_and_never_falls_until_cleared(steps in steps()) {
            let start = Instant::now();
            let mut clock = PlaybackClock::new(start);
            let mut now = start;
            let mut before = [Duration::ZERO; 4];
            for (step, pause) in steps {
                match step {
                    Step::Send(item, length) => {
                        let sent = clock.send(&item, ms(length), now);
                        prop_assert!(sent >= ms(length));
                    }
                    Step::Finish(item) => clock.finish(&item),
                    Step::Mark(item, until, generation) => clock.mark(&item, ms(until), generation, now),
                    Step::Clear => {
                        for cut in clock.clear(now) {
                            prop_assert!(cut.played <= cut.sent);
                            prop_assert!(cut.played >= before[usize::from(cut.item)]);
                        }
                        before = [Duration::ZERO; 4];
                    }
                }
                for at in [now, now + ms(pause)] {
                    let mut unplayed = Duration::ZERO;
                    for item in 0..4_u8 {
                        let played = clock.played(&item, at).unwrap_or_default();
                        let sent = clock.sent(&item).unwrap_or_default();
                        prop_assert!(played <= sent);
                        prop_assert!(played >= before[usize::from(item)]);
                        before[usize::from(item)] = played;
                        unplayed += sent.saturating_sub(played);
                    }
                    prop_assert_eq!(clock.unplayed(at), unplayed);
                    prop_assert_eq!(clock.quiet_since(at).is_some(), clock.ends_at() <= at);
                    prop_assert!(clock.quiet_since(at).is_none() || unplayed.is_zero());
                    prop_assert_eq!(clock.playing(at).is_some(), !unplayed.is_zero());
                }
                now += ms(pause);
            }
        }
    }
}
