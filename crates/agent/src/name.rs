//! Names of tools: made from the name of the arguments type, and checked.

/// The most characters a tool's name may have.
pub(crate) const MAX_LENGTH: usize = 64;

/// Whether a tool may have this name: one to 64 ASCII letters, digits, `_` and `-`.
pub(crate) fn is_legal(name: &str) -> bool {
    (1..=MAX_LENGTH).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// The name of a type as a tool is named: `FindInvoice` becomes `find_invoice`, `PayVATBill` becomes `pay_vat_bill`.
///
/// A capital begins a word when a small letter or digit stands before it, or a small letter after it.
pub(crate) fn snake_case(type_name: &str) -> String {
    let mut name = String::with_capacity(type_name.len() + 4);
    let mut previous = None;
    let mut letters = type_name.chars().peekable();
    while let Some(letter) = letters.next() {
        let after_word = previous.is_some_and(|p: char| p.is_lowercase() || p.is_ascii_digit());
        let before_word = previous.is_some_and(char::is_uppercase)
            && letters.peek().is_some_and(|n| n.is_lowercase());
        if letter.is_uppercase() && (after_word || before_word) {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
        previous = Some(letter);
    }
    name
}

/// The name that is most like this one.
pub(crate) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |other: &str| strsim::normalized_damerau_levenshtein(name, other);
    names.max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_names_become_tool_names() {
        for (type_name, tool) in [
            ("FindInvoice", "find_invoice"),
            ("Find", "find"),
            ("PayVATBill", "pay_vat_bill"),
            ("GetURL", "get_url"),
            ("Line2Status", "line2_status"),
            ("ABTest", "ab_test"),
            ("find_invoice", "find_invoice"),
        ] {
            assert_eq!(snake_case(type_name), tool);
        }
    }

    #[test]
    fn the_nearest_name_is_found() {
        let names = || ["identify_caller", "verify_caller", "pay"].into_iter();
        assert_eq!(nearest("verfy_caler", names()), Some("verify_caller"));
        assert_eq!(nearest("pay", [].into_iter()), None);
    }

    #[test]
    fn only_the_protocols_characters_are_legal() {
        assert!(is_legal("find_invoice-2"));
        assert!(is_legal(&"a".repeat(64)));
        for name in ["", "find invoice", "prüfe", "a.b", &"a".repeat(65)] {
            assert!(!is_legal(name), "{name}");
        }
    }
}
