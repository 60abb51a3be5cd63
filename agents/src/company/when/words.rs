//! Words, and the numbers, days and months among them.

use jiff::civil::Weekday;

/// Splits a phrase into lower-case words: `10am` is `10 am`, `Twenty-first` is `twenty first`; `10:30`, `12/4` and
/// `2026-12-04` stay whole.
pub(super) fn split(phrase: &str) -> Vec<String> {
    let plain =
        phrase.to_lowercase().replace(['\'', '’'], "").replace("a.m", "am").replace("p.m", "pm");
    let tokens = plain.split(|c: char| !(c.is_alphanumeric() || matches!(c, ':' | '/' | '-')));
    tokens.flat_map(split_token).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn split_token(token: &str) -> Vec<&str> {
    if !token.starts_with(|c: char| c.is_ascii_digit()) {
        return token.split(['-', ':', '/']).collect();
    }
    // `2026-12-04t10:30` is a date and a time, `10am` an hour and its half of the day.
    let halves = token.split_once('t').filter(|(date, _)| date.matches('-').count() == 2);
    if let Some((date, time)) = halves {
        return vec![date, time.get(..5).unwrap_or(time)];
    }
    for half in ["am", "pm"] {
        if let Some(hour) = token.strip_suffix(half) {
            return vec![hour, half];
        }
    }
    vec![token.trim_matches(['-', ':', '/'])]
}

/// Whether a word turns what follows into what is not wanted.
pub(super) fn excludes(word: &str) -> bool {
    matches!(
        word,
        "not"
            | "except"
            | "but"
            | "without"
            | "never"
            | "dont"
            | "cant"
            | "wont"
            | "neither"
            | "nor"
            | "no"
    )
}

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];

const TENS: [(&str, u16); 4] = [("twenty", 20), ("thirty", 30), ("forty", 40), ("fifty", 50)];

const ORDINALS: [(&str, u16); 20] = [
    ("first", 1),
    ("second", 2),
    ("third", 3),
    ("fourth", 4),
    ("fifth", 5),
    ("sixth", 6),
    ("seventh", 7),
    ("eighth", 8),
    ("ninth", 9),
    ("tenth", 10),
    ("eleventh", 11),
    ("twelfth", 12),
    ("thirteenth", 13),
    ("fourteenth", 14),
    ("fifteenth", 15),
    ("sixteenth", 16),
    ("seventeenth", 17),
    ("eighteenth", 18),
    ("nineteenth", 19),
    ("twentieth", 20),
];

/// The cardinal number that the words begin with, and how many of them it takes: `14`, `fourteen`, `twenty one`.
pub(super) fn cardinal(words: &[String]) -> Option<(u16, usize)> {
    let first = words.first()?.as_str();
    if first.len() <= 4 && first.bytes().all(|b| b.is_ascii_digit()) {
        return Some((first.parse().ok()?, 1));
    }
    if let Some(small) = (0..).zip(SMALL).find_map(|(value, name)| (name == first).then_some(value))
    {
        return Some((small, 1));
    }
    let (_, tens) = TENS.into_iter().find(|(name, _)| *name == first)?;
    match words
        .get(1)
        .and_then(|second| (0..10).zip(SMALL).find(|(value, name)| *value > 0 && name == second))
    {
        Some((ones, _)) => Some((tens + ones, 2)),
        None => Some((tens, 1)),
    }
}

/// The ordinal number that the words begin with, and how many of them it takes: `4th`, `fourth`, `twenty first`.
pub(super) fn ordinal(words: &[String]) -> Option<(u16, usize)> {
    let first = words.first()?.as_str();
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| first.strip_suffix(end));
    if let Some(value) = digits.and_then(|digits| digits.parse().ok()) {
        return Some((value, 1));
    }
    let named =
        |word: &str| ORDINALS.into_iter().find_map(|(name, value)| (name == word).then_some(value));
    match (
        first,
        named(first),
        words.get(1).and_then(|second| named(second)).filter(|ones| *ones < 10),
    ) {
        ("thirtieth", ..) => Some((30, 1)),
        ("twenty", _, Some(ones)) => Some((20 + ones, 2)),
        ("thirty", _, Some(ones)) => Some((30 + ones, 2)),
        (_, Some(value), _) => Some((value, 1)),
        _ => None,
    }
}

/// The day of the week that a word names: `friday`, `fri`, `fridays`.
pub(super) fn weekday(word: &str) -> Option<Weekday> {
    Some(match word.strip_suffix('s').filter(|_| word.ends_with("days")).unwrap_or(word) {
        "monday" | "mon" => Weekday::Monday,
        "tuesday" | "tue" | "tues" => Weekday::Tuesday,
        "wednesday" | "wed" => Weekday::Wednesday,
        "thursday" | "thu" | "thur" | "thurs" => Weekday::Thursday,
        "friday" | "fri" => Weekday::Friday,
        "saturday" | "sat" => Weekday::Saturday,
        "sunday" | "sun" => Weekday::Sunday,
        _ => return None,
    })
}

/// The month that a word names, 1 to 12: `december`, `dec`.
pub(super) fn month(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let named = |name: &&str| {
        word == *name || (word.len() >= 3 && word.len() <= 4 && name.starts_with(word))
    };
    (1..).zip(MONTHS).find_map(|(number, name)| named(&name).then_some(number))
}
