//! Which chunks are followed by a mark.
//!
//! A mark costs two frames, its own and the one that brings it back, and a model may speak in pieces of 20 ms. So a mark follows
//! the first chunk of an item, which shows when playing began, then one each [`EVERY`], and the last one, as soon as nothing
//! more comes. Between marks the session's playback clock runs by itself. A mark that is sent late is still exact: it follows
//! the same audio.

use std::time::Duration;

use switchboard_realtime::ItemId;
use switchboard_session::{Chunk, Mark};
use tokio::time::Instant;

/// How much of an item is played between two marks.
const EVERY: Duration = Duration::from_millis(200);
/// No chunk for this long, and the last one counts as the end.
const QUIET_AFTER: Duration = Duration::from_millis(100);

/// Watches one stream's chunks.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// The item that is being said, and how far it is marked.
    marked: Option<(ItemId, Duration)>,
    /// The end of the last chunk, unless it is marked.
    owed: Option<Mark>,
    last_chunk: Option<Instant>,
}

impl Marks {
    /// Before a chunk is written: the mark that the item before it is owed.
    pub(super) fn before(&mut self, chunk: &Chunk) -> Option<Mark> {
        self.owed.take_if(|owed| owed.item != chunk.item)
    }

    /// After a chunk was written: its mark, or nothing for now.
    pub(super) fn after(&mut self, chunk: &Chunk, now: Instant) -> Option<Mark> {
        self.last_chunk = Some(now);
        let Chunk { item, until, generation, audio } = chunk;
        let mark = Mark { item: item.clone(), until: *until, generation: *generation };
        let near = self.marked.as_ref().is_some_and(|(marked, reached)| {
            marked == item && until.saturating_sub(*reached) < EVERY
        });
        if near && !audio.is_empty() {
            self.owed = Some(mark);
            return None;
        }
        self.marked = Some((item.clone(), *until));
        self.owed = None;
        Some(mark)
    }

    /// When to look whether nothing more comes; `None` while no mark is owed.
    pub(super) fn due(&self) -> Option<Instant> {
        self.owed.as_ref().and(self.last_chunk).map(|last| last + QUIET_AFTER)
    }

    /// The owed mark, if nothing more has come.
    pub(super) fn overdue(&mut self, now: Instant) -> Option<Mark> {
        self.due().filter(|due| *due <= now)?;
        let mark = self.owed.take()?;
        self.marked = Some((mark.item.clone(), mark.until));
        Some(mark)
    }

    /// The line was cleared: what it had queued is not played, and no mark of it counts.
    pub(super) fn clear(&mut self) {
        (self.marked, self.owed) = (None, None);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use switchboard_realtime::Payload;

    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn chunk(item: &str, until: u64) -> Chunk {
        let audio = Payload::encode(&[0; 160]);
        Chunk { item: ItemId::new(item), until: ms(until), generation: 1, audio }
    }

    /// Writes chunks, and returns the places of the marks that followed at once.
    fn marked(marks: &mut Marks, item: &str, untils: impl IntoIterator<Item = u64>) -> Vec<u128> {
        let now = Instant::now();
        let places = untils.into_iter().filter_map(|until| marks.after(&chunk(item, until), now));
        places.map(|mark| mark.until.as_millis()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_chunk_is_marked_and_then_one_each_200_ms() {
        let mut marks = Marks::default();

        assert_eq!(marked(&mut marks, "a", (1..=30).map(|n| n * 20)), [20, 220, 420]);
    }

    #[tokio::test(start_paused = true)]
    async fn long_chunks_are_all_marked() {
        assert_eq!(marked(&mut Marks::default(), "a", [400, 800, 1_000]), [400, 800, 1_000]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_chunk_is_marked_once_nothing_more_comes() {
        let mut marks = Marks::default();
        marked(&mut marks, "a", [20, 40, 60]);
        let start = Instant::now();

        assert_eq!(marks.due(), Some(start + ms(100)));
        assert_eq!(marks.overdue(start + ms(99)), None);
        assert_eq!(marks.overdue(start + ms(100)).map(|mark| mark.until), Some(ms(60)));
        assert_eq!(marks.due(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_item_before_gets_its_mark_before_the_next_begins() {
        let mut marks = Marks::default();
        marked(&mut marks, "a", [20, 40]);

        let owed = marks.before(&chunk("b", 20)).map(|mark| (mark.item, mark.until));

        assert_eq!(owed, Some((ItemId::new("a"), ms(40))));
        assert_eq!(marked(&mut marks, "b", [20, 40]), [20]);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_owed_after_a_clear() {
        let mut marks = Marks::default();
        marked(&mut marks, "a", [20, 40]);
        marks.clear();

        assert_eq!(marks.due(), None);
        assert_eq!(marked(&mut marks, "a", [60]), [60]);
    }

    proptest! {
        #[test]
        fn the_end_of_every_item_is_marked_in_the_end(lengths in prop::collection::vec((0..3_u8, 1..400_u64), 1..60)) {
            let (mut marks, mut sent, now) = (Marks::default(), [0; 3], Instant::now());
            let mut seen = [Duration::ZERO; 3];
            let mut note = |mark: Option<Mark>| {
                if let Some(Mark { item, until, .. }) = mark {
                    let item: usize = item.as_str().parse().unwrap();
                    seen[item] = seen[item].max(until);
                }
            };
            for (item, length) in lengths {
                let place = &mut sent[usize::from(item)];
                *place += length;
                let chunk = chunk(&item.to_string(), *place);
                note(marks.before(&chunk));
                note(marks.after(&chunk, now));
            }
            note(marks.overdue(now + QUIET_AFTER));
            prop_assert_eq!(seen, sent.map(ms));
        }
    }
}
