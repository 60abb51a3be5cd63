//! The table of effects.

use jiff::{SignedDuration, Timestamp};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::effect::{self, Beginning, Effect, Progress, RETENTION};
use crate::{Begun, Wish};

/// Begins a wish's effect, or finds out that it was begun.
pub(super) fn begin(
    connection: &Connection,
    wish: &Wish,
    now: Timestamp,
) -> rusqlite::Result<Begun> {
    let generation = match wish.begin(last(connection, wish)?, now) {
        Beginning::Known(begun) => return Ok(begun),
        Beginning::Begin(generation) => generation,
    };
    connection
        .prepare_cached(
            "INSERT INTO switchboard_effects (wish, generation, state, since) VALUES (?1, ?2, 'begun', ?3)
            ON CONFLICT (wish, generation) DO UPDATE SET state = 'begun', since = ?3, output = NULL",
        )?
        .execute((&wish.key, generation, now.as_microsecond()))?;
    Ok(Begun::New { key: wish.effect(generation) })
}

/// The wish's effect of the highest generation.
fn last(connection: &Connection, wish: &Wish) -> rusqlite::Result<Option<Effect>> {
    connection
        .prepare_cached(
            "SELECT generation, state, output, since FROM switchboard_effects
            WHERE wish = ?1 ORDER BY generation DESC LIMIT 1",
        )?
        .query_row([&wish.key], read)
        .optional()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Effect> {
    let state: String = row.get(1)?;
    let progress = match state.as_str() {
        "begun" => Progress::Begun,
        "finished" => Progress::Finished(row.get(2)?),
        // The table admits no others.
        _ => Progress::Forgotten,
    };
    let since = Timestamp::from_microsecond(row.get(3)?).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(3, Type::Integer, error.into())
    })?;
    Ok(Effect { generation: row.get(0)?, progress, since })
}

/// Keeps what came of an effect, unless that is known; says whether the effect is.
pub(super) fn finish(
    connection: &Connection,
    key: &str,
    output: &str,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    let Some(effect) = effect::parse(key) else { return Ok(false) };
    let finished = connection
        .prepare_cached(
            "UPDATE switchboard_effects SET state = 'finished', output = ?3, since = ?4
            WHERE wish = ?1 AND generation = ?2 AND state <> 'finished'",
        )?
        .execute((effect.0, effect.1, output, now.as_microsecond()))?;
    if finished > 0 {
        return Ok(true);
    }
    connection
        .prepare_cached("SELECT 1 FROM switchboard_effects WHERE wish = ?1 AND generation = ?2")?
        .exists(effect)
}

/// Takes back that an effect was begun.
pub(super) fn forget(connection: &Connection, key: &str) -> rusqlite::Result<()> {
    let Some(effect) = effect::parse(key) else { return Ok(()) };
    connection
        .prepare_cached(
            "UPDATE switchboard_effects SET state = 'forgotten'
            WHERE wish = ?1 AND generation = ?2 AND state = 'begun'",
        )?
        .execute(effect)?;
    Ok(())
}

/// Deletes effects whose time is over, the oldest first and at most so many.
pub(super) fn sweep(connection: &Connection, now: Timestamp, at_most: u32) -> rusqlite::Result<()> {
    let kept = SignedDuration::try_from(RETENTION).expect("a week is a signed duration");
    let Ok(bound) = now.checked_sub(kept) else { return Ok(()) };
    connection
        .prepare_cached(
            "DELETE FROM switchboard_effects WHERE rowid IN
            (SELECT rowid FROM switchboard_effects WHERE since <= ?1 ORDER BY since LIMIT ?2)",
        )?
        .execute((bound.as_microsecond(), at_most))?;
    Ok(())
}
