//! Days and times written out in full, so that whoever hears them can notice a mistake.

use jiff::civil::{Date, Time, Weekday};

/// `Friday, November 27`.
pub fn day(date: Date) -> String {
    date.strftime("%A, %B %-d").to_string()
}

/// The name of a day of the week.
pub fn weekday_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

/// `November 27`.
pub fn date(date: Date) -> String {
    date.strftime("%B %-d").to_string()
}

/// `10 AM`, `2:30 PM`, `noon`.
pub fn clock(time: Time) -> String {
    let pattern = match (time.hour(), time.minute()) {
        (12, 0) => "noon",
        (0, 0) => "midnight",
        (_, 0) => "%-I %p",
        _ => "%-I:%M %p",
    };
    time.strftime(pattern).to_string()
}

/// `a`, `a and b`, `a, b and c`; with another word than `and` if so wished.
pub fn list(items: &[String], conjunction: &str) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [several @ .., last] => format!("{} {conjunction} {last}", several.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    #[test]
    fn days_and_times_are_written_as_they_are_said() {
        let friday = Date::constant(2026, 11, 27);
        assert_eq!(
            (day(friday), date(friday)),
            ("Friday, November 27".into(), "November 27".into())
        );
        let times = [time(8, 0, 0, 0), time(12, 0, 0, 0), time(14, 30, 0, 0), time(0, 0, 0, 0)];
        assert_eq!(times.map(clock), ["8 AM", "noon", "2:30 PM", "midnight"]);
    }

    #[test]
    fn lists_end_in_a_word() {
        let items = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(list(&items, "or"), "a, b or c");
        assert_eq!(list(&items[..1], "or"), "a");
    }
}
