//! Amounts of money, as people say them.

use super::Found;
use super::numbers::number_at;
use crate::mind::words::Word;

/// Every amount in the sentence, in hundredths of its currency.
pub(crate) fn amounts(words: &[Word]) -> Vec<Found<i64>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        if let Some((cents, length)) = amount_at(words, at) {
            found.push(Found { value: cents, words: at..at + length });
            at += length;
        } else {
            at += 1;
        }
    }
    found
}

fn amount_at(words: &[Word], at: usize) -> Option<(i64, usize)> {
    if let Some(amount) = with_sign(&words.get(at)?.plain) {
        return Some((amount, 1));
    }
    let (value, length) = number_at(words, at)?;
    let unit = words.get(at + length)?.plain.as_str();
    if is_minor(unit) {
        return Some((hundredths(value / 100.0)?, length + 1));
    }
    if !is_major(unit) {
        return None;
    }
    let rest = at + length + 1;
    let rest =
        if words.get(rest).is_some_and(|word| word.plain == "and") { rest + 1 } else { rest };
    let cents = number_at(words, rest)
        .filter(|(cents, _)| (0.0..100.0).contains(cents) && cents.fract() == 0.0);
    let cents = cents
        .filter(|(_, length)| words.get(rest + length).is_none_or(|word| is_minor(&word.plain)));
    match cents {
        Some((cents, extra)) => {
            let unit = usize::from(words.get(rest + extra).is_some());
            Some((hundredths(value)? + hundredths(cents / 100.0)?, rest + extra + unit - at))
        }
        None => Some((hundredths(value)?, length + 1)),
    }
}

/// `$42.50`, `42.50€`.
fn with_sign(plain: &str) -> Option<i64> {
    let signs = ['$', '€', '£'];
    let bare = plain.trim_matches(signs);
    if bare.len() == plain.len() { None } else { hundredths(bare.parse().ok()?) }
}

/// An amount in whole units as hundredths; none where no amount can be that large.
#[expect(clippy::cast_possible_truncation, reason = "bounded before the cast")]
pub(crate) fn hundredths(value: f64) -> Option<i64> {
    let cents = (value * 100.0).round();
    (cents.abs() < 1e15).then_some(cents as i64)
}

fn is_major(word: &str) -> bool {
    matches!(
        word,
        "dollar"
            | "dollars"
            | "euro"
            | "euros"
            | "pound"
            | "pounds"
            | "bucks"
            | "quid"
            | "usd"
            | "eur"
            | "gbp"
            | "€"
            | "$"
            | "£"
    )
}

fn is_minor(word: &str) -> bool {
    matches!(word, "cent" | "cents" | "pence" | "p")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mind::words::split;

    #[test]
    fn amounts_are_read_in_hundredths() {
        for (text, expected) in [
            ("pay $42.50 today", vec![4250]),
            ("pay 42 euros and 50 cents", vec![4250]),
            ("forty-two dollars fifty", vec![4250]),
            ("twenty pounds", vec![2000]),
            ("fifty cents", vec![50]),
            ("10 euros and then 20 euros", vec![1000, 2000]),
            ("at 10 on Friday", vec![]),
        ] {
            let cents: Vec<_> =
                amounts(&split(text)).into_iter().map(|found| found.value).collect();
            assert_eq!(cents, expected, "{text}");
        }
    }

    #[test]
    fn an_absurd_amount_is_not_an_amount() {
        assert_eq!(hundredths(1e300), None);
    }
}
