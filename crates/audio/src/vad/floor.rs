//! The level of a line's noise, as it changes.

/// Noise louder than this is not taken for noise, in dBFS: a faint speaker would drown in it.
const HIGHEST: f32 = -44.0;
const LOWEST: f32 = -75.0;
/// Where it is supposed to be before anything is known.
const INITIAL: f32 = -60.0;
/// The share of the way to a louder frame that the floor goes, and to a fainter one.
const RISE: f32 = 0.02;
const FALL: f32 = 0.2;
/// Over so many frames of speech the faintest is taken for noise…
const WINDOW: u32 = 100;
/// …which lifts the floor by no more than this many dB.
const LIFT: f32 = 3.0;

/// Follows the noise floor: quickly down, slowly up. Pauses between words keep it true during speech.
#[derive(Debug, Clone)]
pub(super) struct NoiseFloor {
    level: f32,
    /// The faintest frame of this window of speech, and the window's age in frames.
    faintest: f32,
    age: u32,
}

impl NoiseFloor {
    pub(super) fn new() -> Self {
        Self { level: INITIAL, faintest: 0.0, age: 0 }
    }

    /// In dBFS.
    pub(super) fn level(&self) -> f32 {
        self.level
    }

    /// Takes the level of the next frame, in dBFS.
    pub(super) fn follow(&mut self, frame: f32, speaking: bool) {
        if speaking {
            self.follow_speech(frame);
        } else {
            let share = if frame > self.level { RISE } else { FALL };
            self.level += share * (frame - self.level);
            (self.faintest, self.age) = (0.0, 0);
        }
        self.level = self.level.clamp(LOWEST, HIGHEST);
    }

    fn follow_speech(&mut self, frame: f32) {
        self.faintest = self.faintest.min(frame);
        self.age += 1;
        if self.age == WINDOW {
            self.level += (self.faintest - self.level).min(LIFT);
            (self.faintest, self.age) = (0.0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(frames: u32, level: f32, speaking: bool) -> f32 {
        let mut floor = NoiseFloor::new();
        for _ in 0..frames {
            floor.follow(level, speaking);
        }
        floor.level()
    }

    #[test]
    fn it_falls_at_once_and_rises_slowly() {
        assert!(after(10, -72.0, false) < -70.0);
        assert!(after(10, -48.0, false) < -57.0);
        assert!(after(300, -48.0, false) > -48.5);
    }

    #[test]
    fn a_carrier_without_pauses_never_becomes_noise() {
        assert!((after(10_000, -13.0, true) - HIGHEST).abs() < f32::EPSILON);
    }

    #[test]
    fn speech_lifts_it_to_its_pauses_only() {
        let mut floor = NoiseFloor::new();
        for frame in 0..1_000 {
            floor.follow(if frame % 20 < 5 { -55.0 } else { -20.0 }, true);
        }
        assert!((floor.level() + 55.0).abs() < 0.1);
    }
}
