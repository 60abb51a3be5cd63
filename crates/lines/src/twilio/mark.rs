//! The names we give to marks: `<item>:<milliseconds>:g<generation>`.
//!
//! Twilio returns a mark's name and nothing else, so the name carries all that the session wants to know.

use std::time::Duration;

use switchboard_realtime::ItemId;
use switchboard_session::Mark;

/// The name of a mark.
pub(crate) fn name(mark: &Mark) -> String {
    format!("{}:{}:g{}", mark.item, mark.until.as_millis(), mark.generation)
}

/// What a name says; `None` for a mark that is not ours.
pub(crate) fn parse(name: &str) -> Option<Mark> {
    let mut parts = name.rsplitn(3, ':');
    let generation = parts.next()?.strip_prefix('g')?.parse().ok()?;
    let until = Duration::from_millis(parts.next()?.parse().ok()?);
    let item = parts.next().filter(|item| !item.is_empty())?;
    Some(Mark { item: ItemId::new(item), until, generation })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn foreign_names_are_not_ours() {
        for name in [
            "",
            "hello",
            "item_1:400:m7",
            ":400:g7",
            "item_1:x:g7",
            "item_1:400:g",
            "400:g7",
            "i:-1:g1",
        ] {
            assert_eq!(parse(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_name_brings_back_what_it_was_made_of(item in ".+", ms in 0u64..10_000_000, generation: u32) {
            let until = Duration::from_millis(ms);
            let item = ItemId::from(item);
            let mark = Mark { item, until, generation };

            prop_assert_eq!(parse(&name(&mark)), Some(mark));
        }
    }
}
