//! Where one item's audio lies in the stream that the ear hears.

use std::time::Duration;

/// An item's audio in the stream.
#[derive(Debug, Clone)]
pub(super) struct Track<K> {
    pub(super) item: K,
    /// No more of it will come.
    pub(super) finished: bool,
    spans: Vec<Span>,
}

/// A stretch of the stream that belongs to one item. An item has several only if another's audio came in between.
#[derive(Debug, Clone, Copy)]
struct Span {
    /// Where it starts in the stream.
    start: Duration,
    /// Where it starts in the item.
    offset: Duration,
    length: Duration,
}

impl<K> Track<K> {
    pub(super) fn new(item: K) -> Self {
        Self { item, finished: false, spans: Vec::new() }
    }

    /// How much of the item was sent.
    pub(super) fn sent(&self) -> Duration {
        self.spans.last().map_or(Duration::ZERO, |span| span.offset + span.length)
    }

    /// How much of the item lies before this position of the stream.
    pub(super) fn played(&self, position: Duration) -> Duration {
        self.spans.iter().map(|span| position.saturating_sub(span.start).min(span.length)).sum()
    }

    /// Where in the stream the item's first `until` end.
    pub(super) fn position_of(&self, until: Duration) -> Option<Duration> {
        let span = self.spans.iter().rev().find(|span| span.offset < until)?;
        Some(span.start + until.saturating_sub(span.offset).min(span.length))
    }

    /// Adds what comes at this position of the stream.
    pub(super) fn extend(&mut self, start: Duration, length: Duration) {
        let offset = self.sent();
        match self.spans.last_mut() {
            Some(span) if span.start + span.length == start => span.length += length,
            _ => self.spans.push(Span { start, offset, length }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn neighbouring_pieces_become_one_span() {
        let mut track = Track::new("a");
        track.extend(ms(100), ms(50));
        track.extend(ms(150), ms(50));
        assert_eq!((track.spans.len(), track.sent()), (1, ms(100)));
        assert_eq!(track.played(ms(120)), ms(20));
        assert_eq!(track.position_of(ms(60)), Some(ms(160)));
    }

    #[test]
    fn an_item_that_was_interleaved_is_counted_in_its_own_time() {
        let mut track = Track::new("a");
        track.extend(ms(0), ms(100));
        track.extend(ms(300), ms(100));
        assert_eq!(track.played(ms(250)), ms(100));
        assert_eq!(track.played(ms(350)), ms(150));
        assert_eq!(track.position_of(ms(100)), Some(ms(100)));
        assert_eq!(track.position_of(ms(150)), Some(ms(350)));
        assert_eq!(track.position_of(ms(900)), Some(ms(400)));
        assert_eq!(track.position_of(ms(0)), None);
    }
}
