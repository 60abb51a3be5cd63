//! The time of day, given to the domain rather than taken by it.

use jiff::Zoned;
use jiff::tz::TimeZone;

/// Where the tools get the time from: the system, or one moment for ever in tests.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System(TimeZone),
    Fixed(Zoned),
}

impl Clock {
    /// The system's clock, read in `zone`.
    pub fn system(zone: TimeZone) -> Self {
        Self(Source::System(zone))
    }

    /// A clock that stands still at `now`.
    pub fn fixed(now: Zoned) -> Self {
        Self(Source::Fixed(now))
    }

    /// The time now, in the clock's zone.
    pub fn now(&self) -> Zoned {
        match &self.0 {
            Source::System(zone) => Zoned::now().with_time_zone(zone.clone()),
            Source::Fixed(now) => now.clone(),
        }
    }
}
