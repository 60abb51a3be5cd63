//! "Did you mean": the known name that a misspelt one is nearest to.

/// How alike two names must be, from 0 (nothing in common) to 1 (the same).
const ALIKE: f64 = 0.6;

/// The known name nearest to `typed`, if one is near enough to be what was meant.
pub(crate) fn nearest<'a>(
    typed: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let typed = folded(typed);
    known
        .into_iter()
        .map(|name| (strsim::normalized_damerau_levenshtein(&typed, &folded(name)), name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name)
}

/// Case and the choice of dash or underscore are no difference.
fn folded(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["listen", "public_url", "database"];

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        assert_eq!(nearest("lisen", KNOWN), Some("listen"));
        assert_eq!(nearest("public-url", KNOWN), Some("public_url"));
        assert_eq!(nearest("Databse", KNOWN), Some("database"));
    }

    #[test]
    fn a_word_of_its_own_gets_no_suggestion() {
        assert_eq!(nearest("colour", KNOWN), None);
    }
}
