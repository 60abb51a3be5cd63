//! Questions for what is missing, made from what the schema says about it.

use super::rank::subject;
use super::schema::{Kind, Slot};
use super::speak::{capital, choice};
use super::words;

/// The question for a slot of a tool.
pub(crate) fn question(slot: &Slot, tool: &str) -> String {
    if let Kind::Choice(values) = &slot.kind {
        let values: Vec<String> =
            values.iter().filter_map(|value| value.as_str()).map(words::of_name).collect();
        if !values.is_empty() && values.len() <= 6 {
            return format!("Which {} would you like: {}?", slot.words(), choice(&values));
        }
    }
    let clause = first_clause(&slot.description);
    let first = clause.split(' ').next().unwrap_or_default().to_lowercase();
    match first.as_str() {
        "" => by_name(slot, tool),
        "whether" | "if" | "true" => whether(&clause, slot),
        "which" | "what" | "when" | "who" | "where" | "how" | "why" => asked(&clause),
        _ if slot.kind == Kind::Flag => format!("{}?", capital(&to_you(&clause))),
        _ if slot.kind == Kind::Id => by_name(slot, tool),
        "the" | "a" | "an" | "your" => format!("What is {}?", to_you(&lower_first(&clause))),
        _ => format!("Please tell me the {}: {}.", slot.words(), to_you(&lower_first(&clause))),
    }
}

/// A question from the name alone: for an id the thing it stands for, with what is to be done to it.
fn by_name(slot: &Slot, tool: &str) -> String {
    let name = slot.words();
    if slot.kind == Kind::Flag {
        return format!("Should I set {name}? Yes or no?");
    }
    if let Some(thing) = name.strip_suffix(" id").filter(|_| slot.kind == Kind::Id) {
        return match words::of_name(tool).split_once(' ') {
            Some((verb, rest)) if words::stem(rest) == words::stem(thing) => {
                format!("Which {thing} should I {}?", doing(verb))
            }
            _ => format!("Which {thing} is it?"),
        };
    }
    match name.as_str() {
        "pin" => "What is your PIN?".to_owned(),
        "id" => format!("Which {} is it?", words::singular(&subject(tool))),
        _ => format!("What is the {name}?"),
    }
}

fn doing(verb: &str) -> &str {
    match verb {
        "get" | "find" | "fetch" | "show" | "read" | "lookup" => "look up",
        other => other,
    }
}

/// "Which appointment to move" is "Which appointment should I move?"
pub(crate) fn asked(clause: &str) -> String {
    let clause = to_you(clause);
    let text = match clause.split_once(" to ") {
        Some((before, after)) if !before.contains(' ') || !before.contains(" you ") => {
            format!("{before} should I {after}")
        }
        _ => clause,
    };
    format!("{}?", capital(&text))
}

/// "Whether the caller wants a receipt" is "Do you want a receipt?"
fn whether(clause: &str, slot: &Slot) -> String {
    let rest = clause.split_once(' ').map_or("", |(_, rest)| rest);
    let rest = rest.strip_prefix("if ").unwrap_or(rest);
    let lower = rest.to_lowercase();
    if lower.starts_with("to ") {
        return format!("Should I {}?", to_you(&rest[3..]));
    }
    if lower.starts_with("the caller is ")
        || lower.starts_with("the caller has ")
        || lower.starts_with("the caller ")
    {
        let you = to_you(rest);
        return match you.strip_prefix("you are ") {
            Some(rest) => format!("Are you {rest}?"),
            None => format!("Do {you}?"),
        };
    }
    if rest.is_empty() {
        format!("{}, yes or no?", capital(&slot.words()))
    } else {
        format!("Is it so that {}?", to_you(rest))
    }
}

/// The first clause of a description, without examples and what is in brackets.
fn first_clause(description: &str) -> String {
    let line = description.split(['.', '\n', ';', '(']).next().unwrap_or_default();
    let cuts = [
        ", by ",
        ", as ",
        ", such as",
        ", for example",
        ", e",
        ", like ",
        ", in ",
        " as list",
        " from list",
        ", if ",
        " – ",
        ": ",
        ", from ",
    ];
    let cut = cuts.iter().filter_map(|cut| line.find(cut)).min().unwrap_or(line.len());
    line[..cut].trim().trim_end_matches(',').replace('`', "")
}

/// What is said about the caller, said to the caller.
pub(crate) fn to_you(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut after_caller = false;
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut at = 0;
    while at < words.len() {
        let lower = words[at].to_lowercase();
        let next = words.get(at + 1).map(|word| word.to_lowercase());
        match (lower.as_str(), next.as_deref()) {
            ("the", Some("caller's" | "customer's" | "callers'" | "user's")) => {
                out.push("your".to_owned());
                at += 2;
            }
            ("the", Some("caller" | "user")) => {
                out.push("you".to_owned());
                after_caller = true;
                at += 2;
            }
            ("caller's" | "customer's" | "their", _) => {
                out.push("your".to_owned());
                at += 1;
            }
            _ => {
                out.push(if after_caller { first_person(&lower) } else { words[at].to_owned() });
                after_caller = false;
                at += 1;
            }
        }
    }
    out.join(" ")
}

/// "wants" after "the caller" is "want" after "you".
fn first_person(verb: &str) -> String {
    match verb {
        "is" | "was" => "are".to_owned(),
        "has" => "have".to_owned(),
        "does" => "do".to_owned(),
        _ => words::singular(verb),
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::mind::schema::slots;

    fn question_for(tool: &str, name: &str, schema: &Value) -> String {
        let parameters =
            json!({"type": "object", "properties": {name: schema}, "required": [name]});
        question(&slots(&parameters)[0], tool)
    }

    #[test]
    fn questions_are_made_from_descriptions() {
        for (tool, name, description, expected) in [
            (
                "move_appointment",
                "appointment_id",
                "Which appointment to move, by its id.",
                "Which appointment should I move?",
            ),
            (
                "move_appointment",
                "appointment_id",
                "The id of the appointment, as listed.",
                "Which appointment should I move?",
            ),
            ("cancel_booking", "id", "", "Which booking is it?"),
            (
                "find_invoice",
                "number",
                "Six digits, printed at the top of the invoice.",
                "What is the number?",
            ),
            (
                "move_appointment",
                "new_time",
                "The day and time the caller wants, as they say it.",
                "What is the day and time you want?",
            ),
            ("move_appointment", "new_time", "When to move it to.", "When should I move it to?"),
            (
                "order_pizza",
                "address",
                "The caller's street and number.",
                "What is your street and number?",
            ),
            ("order_pizza", "address", "", "What is the address?"),
            (
                "order_pizza",
                "address",
                "Street and number.",
                "Please tell me the address: street and number.",
            ),
        ] {
            let schema = json!({"type": "string", "description": description});
            assert_eq!(question_for(tool, name, &schema), expected, "{description}");
        }
    }

    #[test]
    fn choices_are_offered_and_flags_are_yes_or_no() {
        let size = json!({"enum": ["small", "large"], "description": "The size."});
        assert_eq!(
            question_for("order_pizza", "size", &size),
            "Which size would you like: small or large?"
        );
        let receipt = json!({"type": "boolean", "description": "Whether to send a receipt."});
        assert_eq!(question_for("pay", "receipt", &receipt), "Should I send a receipt?");
        let wants =
            json!({"type": "boolean", "description": "Whether the caller wants a receipt."});
        assert_eq!(question_for("pay", "receipt", &wants), "Do you want a receipt?");
    }
}
