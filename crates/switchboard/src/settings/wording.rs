//! What a deserialiser says about a value, in words for those who write configuration files.

use super::suggest::nearest;

/// Rewords a message of serde's; one that is not serde's own is left as it is.
pub(crate) fn plain(message: &str) -> String {
    mismatch(message)
        .or_else(|| unknown_value(message))
        .or_else(|| missing_key(message))
        .unwrap_or_else(|| message.to_owned())
}

/// `invalid type: string "fast", expected f64`
fn mismatch(message: &str) -> Option<String> {
    let rest = message
        .strip_prefix("invalid type: ")
        .or_else(|| message.strip_prefix("invalid value: "))?;
    let (found, expected) = rest.rsplit_once(", expected ")?;
    Some(format!("expected {}, found {}", kind(expected), value(found)))
}

/// ``unknown variant `loud`, expected `auto` or `quiet` ``
fn unknown_value(message: &str) -> Option<String> {
    let (value, rest) = message.strip_prefix("unknown variant `")?.split_once('`')?;
    let known: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
    let hint = nearest(value, known.iter().copied()).map_or_else(
        || format!("known are {}", known.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    Some(format!("unknown value `{value}`; {hint}"))
}

/// ``missing field `type` ``
fn missing_key(message: &str) -> Option<String> {
    let key = message.strip_prefix("missing field `")?.strip_suffix('`')?;
    Some(format!("the key `{key}` is missing here"))
}

/// What serde calls a kind of value, as TOML has it.
fn kind(expected: &str) -> &str {
    match expected {
        "f32" | "f64" => "a number",
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0 up",
        "a boolean" => "true or false",
        "a string" | "string" => "text in quotes",
        "a sequence" => "a list",
        "a map" => "a section",
        other if other.starts_with("struct ") => "a section",
        other => other,
    }
}

/// What serde says it found: its kind, and mostly the value.
fn value(found: &str) -> String {
    const KINDS: [(&str, &str); 5] = [
        ("string ", "the text "),
        ("integer ", ""),
        ("floating point ", ""),
        ("boolean ", ""),
        ("unit variant ", "the text "),
    ];
    match found {
        "map" => return "a section".to_owned(),
        "sequence" => return "a list".to_owned(),
        _ => {}
    }
    for (serde, ours) in KINDS {
        if let Some(value) = found.strip_prefix(serde) {
            return format!("{ours}{}", value.replace('`', ""));
        }
    }
    found.to_owned()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_wrong_type_is_told_in_plain_words() {
        assert_eq!(
            plain(r#"invalid type: string "fast", expected f64"#),
            r#"expected a number, found the text "fast""#
        );
        assert_eq!(
            plain("invalid value: integer `-5`, expected u64"),
            "expected a whole number from 0 up, found -5"
        );
        assert_eq!(
            plain("invalid type: floating point `0.5`, expected a boolean"),
            "expected true or false, found 0.5"
        );
        assert_eq!(
            plain("invalid type: map, expected a string"),
            "expected text in quotes, found a section"
        );
    }

    #[test]
    fn an_unknown_value_is_met_with_the_nearest_or_all() {
        assert_eq!(
            plain("unknown variant `espeak`, expected one of `auto`, `espeak-ng`, `text-channel`"),
            "unknown value `espeak`; did you mean `espeak-ng`?"
        );
        assert_eq!(
            plain("unknown variant `9`, expected `low` or `high`"),
            "unknown value `9`; known are low, high"
        );
    }

    #[test]
    fn a_missing_key_is_named() {
        assert_eq!(plain("missing field `type`"), "the key `type` is missing here");
    }

    #[test]
    fn what_is_not_serdes_own_stays() {
        assert_eq!(plain("must be from 0.25 to 1.5"), "must be from 0.25 to 1.5");
        assert_eq!(
            plain(r#"invalid value: string "8", expected a time such as "8s""#),
            r#"expected a time such as "8s", found the text "8""#
        );
    }
}
