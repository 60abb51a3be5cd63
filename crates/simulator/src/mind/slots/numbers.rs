//! Numbers, as digits or spelt out, and digits that are read out one by one.

use super::Found;
use crate::mind::words::Word;

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

const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

const ORDINALS: [&str; 13] = [
    "zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
    "tenth", "eleventh", "twelfth",
];

/// Every number in the sentence.
pub(crate) fn numbers(words: &[Word]) -> Vec<Found<f64>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        if let Some((value, length)) = number_at(words, at) {
            found.push(Found { value, words: at..at + length });
            at += length;
        } else {
            at += 1;
        }
    }
    found
}

/// The number that begins at this word, and how many words it takes.
pub(crate) fn number_at(words: &[Word], at: usize) -> Option<(f64, usize)> {
    let word = words.get(at)?;
    if let Some(value) = numeral(&word.plain) {
        let scaled = words.get(at + 1).filter(|_| !word.pause).and_then(|next| scale(&next.plain));
        return Some(scaled.map_or((value, 1), |scale| (value * scale, 2)));
    }
    if word.plain == "half" && words.get(at + 1).is_none_or(|next| next.plain != "past") {
        return Some((0.5, 1));
    }
    if matches!(word.plain.as_str(), "a" | "an") {
        let next = words.get(at + 1)?;
        return match next.plain.as_str() {
            "dozen" => Some((12.0, 2)),
            "couple" => Some((2.0, 2)),
            other => spelt(words, at + 1)
                .filter(|_| scale(other).is_some())
                .map(|(value, length)| (value, length + 1)),
        };
    }
    spelt(words, at)
}

/// A number in words: "forty-two", "one hundred and five", "two point five".
fn spelt(words: &[Word], at: usize) -> Option<(f64, usize)> {
    let mut total = 0.0;
    let mut current: Option<f64> = None;
    let mut length = 0;
    while let Some(word) = words.get(at + length) {
        if let Some(value) = cardinal(&word.plain) {
            let fits = current.is_none_or(|c| {
                (c % 100.0 == 0.0 && value < 100.0)
                    || (c % 10.0 == 0.0 && c % 100.0 >= 20.0 && value < 10.0)
            });
            if !fits || (current == Some(0.0)) {
                break;
            }
            current = Some(current.unwrap_or(0.0) + value);
        } else if let Some(scale) = scale(&word.plain) {
            let value = current.unwrap_or(1.0) * scale;
            if scale > 100.0 {
                total += value;
                current = None;
            } else {
                current = Some(value);
            }
        } else {
            let joins =
                word.plain == "and" && current.is_some_and(|c| c % 100.0 == 0.0 && c + total > 0.0);
            if !joins || words.get(at + length + 1).and_then(|next| cardinal(&next.plain)).is_none()
            {
                break;
            }
        }
        length += 1;
        if word.pause {
            break;
        }
    }
    if length == 0 {
        return None;
    }
    let whole = total + current.unwrap_or(0.0);
    Some(with_fraction(words, at, whole, length))
}

/// Adds "point five" to a whole number.
fn with_fraction(words: &[Word], at: usize, whole: f64, length: usize) -> (f64, usize) {
    let digits: Vec<f64> = match words.get(at + length) {
        Some(word) if word.plain == "point" => words[at + length + 1..]
            .iter()
            .map_while(|word| digit(&word.plain))
            .map(f64::from)
            .collect(),
        _ => Vec::new(),
    };
    if digits.is_empty() {
        return (whole, length);
    }
    let fraction = digits.iter().rev().fold(0.0, |sum, digit| (sum + digit) / 10.0);
    (whole + fraction, length + 1 + digits.len())
}

/// A number in digits, with thousands separators and a decimal point allowed.
fn numeral(plain: &str) -> Option<f64> {
    let text = plain.trim_end_matches('%');
    let digits = text.strip_prefix('-').unwrap_or(text);
    let sound = digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|c| c.is_ascii_digit() || c == b'.');
    if sound { text.parse().ok().filter(|value: &f64| value.is_finite()) } else { None }
}

/// A number word below a hundred; joined by a hyphen, too.
fn cardinal(plain: &str) -> Option<f64> {
    if let Some((tens, ones)) = plain.split_once('-') {
        let ones = cardinal(ones).filter(|ones| (1.0..10.0).contains(ones))?;
        return cardinal(tens)
            .filter(|tens| *tens >= 20.0 && tens % 10.0 == 0.0)
            .map(|tens| tens + ones);
    }
    let position = |list: &[&str]| list.iter().position(|word| !word.is_empty() && *word == plain);
    let value = position(&SMALL).or_else(|| position(&TENS).map(|tens| tens * 10))?;
    u32::try_from(value).ok().map(f64::from)
}

fn scale(plain: &str) -> Option<f64> {
    match plain {
        "hundred" => Some(100.0),
        "thousand" => Some(1_000.0),
        "million" => Some(1_000_000.0),
        _ => None,
    }
}

/// An ordinal: "third", "3rd", "twenty-third".
pub(crate) fn ordinal(plain: &str) -> Option<u32> {
    if let Some(at) = ORDINALS.iter().position(|word| *word == plain) {
        return u32::try_from(at).ok();
    }
    if let Some((tens, ones)) = plain.split_once('-') {
        let tens = TENS.iter().position(|word| !word.is_empty() && *word == tens)?;
        return Some(u32::try_from(tens).ok()? * 10 + ordinal(ones)?);
    }
    match plain {
        "thirteenth" | "fourteenth" | "fifteenth" | "sixteenth" | "seventeenth" | "eighteenth"
        | "nineteenth" => SMALL
            .iter()
            .position(|word| plain.strip_suffix("th") == Some(word))
            .and_then(|at| u32::try_from(at).ok()),
        "twentieth" => Some(20),
        "thirtieth" => Some(30),
        _ => {
            let digits =
                ["st", "nd", "rd", "th"].iter().find_map(|ending| plain.strip_suffix(ending))?;
            digits.parse().ok()
        }
    }
}

/// One digit, spelt or written; "oh" is zero.
pub(crate) fn digit(plain: &str) -> Option<u8> {
    match plain.as_bytes() {
        [c @ b'0'..=b'9'] => Some(c - b'0'),
        b"oh" | b"o" | b"nought" => Some(0),
        _ => {
            SMALL[..10].iter().position(|word| *word == plain).and_then(|at| u8::try_from(at).ok())
        }
    }
}

/// Digits read out one by one ("one oh four two", "double four"), at least `least` of them together.
pub(crate) fn digit_runs(words: &[Word], least: usize) -> Vec<Found<String>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let (digits, length) = run_at(words, at);
        if digits.len() >= least {
            found.push(Found { value: digits, words: at..at + length });
        }
        at += length.max(1);
    }
    found
}

fn run_at(words: &[Word], at: usize) -> (String, usize) {
    let mut digits = String::new();
    let mut length = 0;
    while let Some(word) = words.get(at + length) {
        let times = match word.plain.as_str() {
            "double" => 2,
            "triple" => 3,
            _ => 1,
        };
        if times > 1 {
            let Some(next) = words.get(at + length + 1).and_then(|next| digit(&next.plain)) else {
                break;
            };
            digits.extend(std::iter::repeat_n(char::from(b'0' + next), times));
            length += 2;
        } else if let Some(one) = digit(&word.plain) {
            digits.push(char::from(b'0' + one));
            length += 1;
        } else if word.plain.len() > 1 && word.plain.bytes().all(|c| c.is_ascii_digit()) {
            digits.push_str(&word.plain);
            length += 1;
        } else {
            break;
        }
    }
    (digits, length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mind::words::split;

    fn values(text: &str) -> Vec<f64> {
        numbers(&split(text)).into_iter().map(|found| found.value).collect()
    }

    #[test]
    fn numbers_are_read_in_digits_and_in_words() {
        for (text, expected) in [
            ("42 boxes", vec![42.0]),
            ("1,200 and 3.5", vec![1200.0, 3.5]),
            ("forty-two", vec![42.0]),
            ("forty two", vec![42.0]),
            ("one hundred and five", vec![105.0]),
            ("two thousand three hundred", vec![2300.0]),
            ("a dozen eggs", vec![12.0]),
            ("two point five", vec![2.5]),
            ("5 thousand", vec![5000.0]),
            ("twelve, thirteen", vec![12.0, 13.0]),
            ("nothing at all", vec![]),
            ("a table", vec![]),
        ] {
            assert_eq!(values(text), expected, "{text}");
        }
    }

    #[test]
    fn ordinals_are_read() {
        for (text, expected) in [
            ("first", 1),
            ("3rd", 3),
            ("twelfth", 12),
            ("fourteenth", 14),
            ("twenty-third", 23),
            ("30th", 30),
        ] {
            assert_eq!(ordinal(text), Some(expected), "{text}");
        }
        assert_eq!(ordinal("friend"), None);
    }

    #[test]
    fn digits_read_out_are_joined() {
        let runs = digit_runs(&split("it is one oh four double two please"), 3);
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].value, "10422");
        assert_eq!(runs[0].words, 2..7);
    }
}
