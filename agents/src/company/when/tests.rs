//! Phrases, and what they mean on Saturday, 21 November 2026, half past nine in the morning.

use jiff::civil::{Weekday, date, time};
use proptest::prelude::*;

use super::*;
use crate::company::zone;

fn saturday() -> Zoned {
    date(2026, 11, 21).at(9, 30, 0, 0).to_zoned(zone()).unwrap()
}

fn read(phrase: &str) -> Result<When, UnclearWhen> {
    When::read(phrase, &saturday())
}

#[test]
fn days_are_read_as_people_say_them() {
    let table = [
        ("today", (11, 21)),
        ("tonight", (11, 21)),
        ("this afternoon", (11, 21)),
        ("tomorrow", (11, 22)),
        ("tomorrow at 10", (11, 22)),
        ("the day after tomorrow", (11, 23)),
        ("Friday", (11, 27)),
        ("Friday morning", (11, 27)),
        ("on Friday, in the morning please", (11, 27)),
        ("move my appointment to Friday morning", (11, 27)),
        ("this coming Friday", (11, 27)),
        ("next Friday", (11, 27)),
        ("Friday next week", (11, 27)),
        ("next week on Friday", (11, 27)),
        ("Friday week", (12, 4)),
        ("Friday after next", (12, 4)),
        ("a week from Friday", (12, 4)),
        ("a week on Tuesday", (12, 1)),
        ("two weeks from tomorrow", (12, 6)),
        ("this Friday", (11, 27)),
        ("this Saturday", (11, 21)),
        ("Saturday", (11, 28)),
        ("in three days", (11, 24)),
        ("in two weeks", (12, 5)),
        ("in 2 weeks", (12, 5)),
        ("in a couple of days", (11, 23)),
        ("in a month", (12, 21)),
        ("December 4", (12, 4)),
        ("Dec 4th", (12, 4)),
        ("the fourth of December", (12, 4)),
        ("4 December 2026", (12, 4)),
        ("the twenty-first of December", (12, 21)),
        ("the thirtieth", (11, 30)),
        ("the 3rd", (12, 3)),
        ("12/4", (12, 4)),
        ("12/04/2026", (12, 4)),
        ("2026-12-04", (12, 4)),
        ("2026-12-04T10:00", (12, 4)),
        ("Friday, December 4, at two", (12, 4)),
        ("Monday the 30th", (11, 30)),
    ];
    for (phrase, (month, day)) in table {
        let when = read(phrase).unwrap_or_else(|error| panic!("{phrase}: {error}"));
        assert_eq!(when.days, Days::one(date(2026, month, day)), "{phrase}");
    }
}

#[test]
fn several_days_on_end_are_read_too() {
    let table = [
        ("next week", (11, 23), (11, 29)),
        ("this week", (11, 21), (11, 22)),
        ("the week after next", (11, 30), (12, 6)),
        ("this weekend", (11, 21), (11, 22)),
        ("next weekend", (11, 28), (11, 29)),
        ("next month", (12, 1), (12, 31)),
        ("as soon as possible", (11, 21), (12, 18)),
        ("any time", (11, 21), (12, 18)),
        ("the earliest you have", (11, 21), (12, 18)),
        ("the first available slot", (11, 21), (12, 18)),
        ("any morning", (11, 21), (12, 18)),
    ];
    for (phrase, first, last) in table {
        let when = read(phrase).unwrap_or_else(|error| panic!("{phrase}: {error}"));
        let expected =
            Days { first: date(2026, first.0, first.1), last: date(2026, last.0, last.1) };
        assert_eq!(when.days, expected, "{phrase}");
    }
}

#[test]
fn times_are_read_as_people_say_them() {
    let at = |hour, minute| TimeOfDay::At(time(hour, minute, 0, 0));
    let between = |from, to| TimeOfDay::Between(time(from, 0, 0, 0), time(to, 0, 0, 0));
    let table = [
        ("Friday", TimeOfDay::Any),
        ("Friday morning", TimeOfDay::Morning),
        ("first thing on Friday", TimeOfDay::Morning),
        ("Friday afternoon", TimeOfDay::Afternoon),
        ("tonight", TimeOfDay::Evening),
        ("Friday at 10", at(10, 0)),
        ("Friday at ten", at(10, 0)),
        ("Friday at 10am", at(10, 0)),
        ("Friday at 10 a.m.", at(10, 0)),
        ("Friday 10", at(10, 0)),
        ("Friday at 3", at(15, 0)),
        ("Friday at three o'clock", at(15, 0)),
        ("Friday, 3 pm", at(15, 0)),
        ("Friday at 15:30", at(15, 30)),
        ("Friday at 2:15 pm", at(14, 15)),
        ("Friday at half past two", at(14, 30)),
        ("Friday at a quarter to nine", at(8, 45)),
        ("Friday at ten thirty", at(10, 30)),
        ("Friday at noon", at(12, 0)),
        ("Friday at 12 am", at(0, 0)),
        ("Friday at eight in the evening", at(20, 0)),
        ("Friday after 3", TimeOfDay::Between(time(15, 0, 0, 0), Time::MAX)),
        ("Friday before noon", TimeOfDay::Between(Time::MIN, time(12, 0, 0, 0))),
        ("Friday between 1 and 3", between(13, 15)),
        ("Friday between 10 and 12", between(10, 12)),
        ("Friday from eight to ten am", between(8, 10)),
        ("Friday between 9 and 5", between(9, 17)),
        ("2026-12-04T10:30", at(10, 30)),
    ];
    for (phrase, expected) in table {
        let when = read(phrase).unwrap_or_else(|error| panic!("{phrase}: {error}"));
        assert_eq!(when.time, expected, "{phrase}");
    }
}

#[test]
fn what_is_not_one_day_is_not_guessed() {
    let phrase = |text: &str| text.to_owned();
    let friday = date(2026, 12, 4);
    let table = [
        ("", UnclearWhen::NoDay { phrase: phrase("") }),
        ("at ten", UnclearWhen::NoDay { phrase: phrase("at ten") }),
        ("some time", UnclearWhen::NoDay { phrase: phrase("some time") }),
        ("Friday or Monday", UnclearWhen::SeveralDays { phrase: phrase("Friday or Monday") }),
        (
            "tomorrow or Monday",
            UnclearWhen::Contradiction { date: date(2026, 11, 22), weekday: Weekday::Monday },
        ),
        ("not on Friday", UnclearWhen::Excludes { phrase: phrase("not on Friday") }),
        ("any day but Friday", UnclearWhen::Excludes { phrase: phrase("any day but Friday") }),
        (
            "Thursday, December 4",
            UnclearWhen::Contradiction { date: friday, weekday: Weekday::Thursday },
        ),
        ("yesterday", UnclearWhen::Past { date: date(2026, 11, 20) }),
        ("2026-11-20", UnclearWhen::Past { date: date(2026, 11, 20) }),
        ("February 30", UnclearWhen::NoSuchDate { said: phrase("february 30") }),
        ("13/45", UnclearWhen::NoSuchDate { said: phrase("13/45") }),
    ];
    for (phrase, expected) in table {
        assert_eq!(read(phrase), Err(expected), "{phrase}");
    }
}

#[test]
fn a_bare_weekday_is_never_today() {
    let friday = date(2026, 11, 27).at(7, 0, 0, 0).to_zoned(zone()).unwrap();
    let read = |phrase| When::read(phrase, &friday).unwrap().days.first;
    assert_eq!(read("Friday morning"), date(2026, 12, 4));
    assert_eq!(read("this Friday"), date(2026, 11, 27));
    assert_eq!(read("next Friday"), date(2026, 12, 4));
    assert_eq!(read("Monday"), date(2026, 11, 30));
}

#[test]
fn a_date_without_a_year_is_the_next_such_date() {
    assert_eq!(read("January 5").unwrap().days.first, date(2027, 1, 5));
    assert_eq!(read("February 29").unwrap().days.first, date(2028, 2, 29));
}

#[test]
fn today_is_the_speakers_today() {
    let late = date(2026, 11, 21).at(23, 30, 0, 0).to_zoned(zone()).unwrap();
    assert_eq!(When::read("tomorrow", &late).unwrap().days.first, date(2026, 11, 22));
    let elsewhere = late.in_tz("Europe/Paris").unwrap();
    assert_eq!(When::read("tomorrow", &elsewhere).unwrap().days.first, date(2026, 11, 23));
}

#[test]
fn what_was_understood_is_said_in_full() {
    let table = [
        ("Friday at 10", "on Friday, November 27, at 10 AM"),
        ("Friday after 3", "on Friday, November 27, after 3 PM"),
        ("tomorrow before noon", "on Sunday, November 22, before noon"),
        ("next week", "from Monday, November 23 to Sunday, November 29"),
    ];
    for (phrase, said) in table {
        assert_eq!(read(phrase).unwrap().to_string(), said);
    }
}

proptest! {
    #[test]
    fn no_phrase_makes_the_reader_panic(phrase in ".{0,60}") {
        let _ = read(&phrase);
    }

    #[test]
    fn no_row_of_known_words_makes_it_panic_or_name_a_past_day(
        words in proptest::collection::vec(proptest::sample::select(WORDS), 0..8)
    ) {
        if let Ok(when) = read(&words.join(" ")) {
            prop_assert!(when.days.first >= saturday().date());
            prop_assert!(when.days.first <= when.days.last);
        }
    }
}

const WORDS: &[&str] = &[
    "friday",
    "monday",
    "next",
    "this",
    "week",
    "in",
    "two",
    "9999",
    "weeks",
    "months",
    "the",
    "4th",
    "thirty",
    "first",
    "december",
    "at",
    "after",
    "before",
    "between",
    "and",
    "half",
    "past",
    "quarter",
    "to",
    "am",
    "pm",
    "noon",
    "morning",
    "tomorrow",
    "day",
    "a",
    "from",
    "of",
    "0",
    "24",
    "12/31",
    "2026-02-30",
    "99:99",
    "oclock",
];
