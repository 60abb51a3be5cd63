//! What instructions ask for: the greeting of a session, what one response is to say, facts about the caller.

use super::schema::Slot;
use super::words;

/// What a response's own instructions ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Say this, word for word.
    Say(String),
    /// Greet the caller.
    Greet,
    /// Tell the caller that it takes a moment.
    Hold,
    /// Ask whether the caller is still there.
    Nudge,
    /// Say goodbye.
    Farewell,
    /// Apologise.
    Apologise,
    /// Nothing that a keyword tells: answer as usual.
    Usual,
}

/// Reads a response's own instructions.
pub(crate) fn wish(instructions: &str) -> Wish {
    if let Some(text) = verbatim(instructions) {
        return Wish::Say(text);
    }
    let plain = words::plain(&affirmed(instructions));
    let has = |phrases: &[&str]| {
        phrases.iter().any(|phrase| format!(" {plain} ").contains(&format!(" {phrase}")))
    };
    match () {
        () if has(&["goodbye", "good bye", "farewell", "say bye", "end the call", "hang up"]) => {
            Wish::Farewell
        }
        () if has(&[
            "still there",
            "silent",
            "quiet",
            "has not said",
            "hasnt said",
            "has not spoken",
            "hasnt spoken",
            "nudge",
        ]) =>
        {
            Wish::Nudge
        }
        () if has(&["apologi", "say sorry", "say you are sorry"]) => Wish::Apologise,
        () if has(&[
            "hold",
            "still working",
            "still looking",
            "still on it",
            "one moment",
            "a moment",
            "bear with",
            "takes longer",
            "taking longer",
            "wait",
        ]) =>
        {
            Wish::Hold
        }
        () if has(&["greet", "welcome the caller", "say hello to the caller"]) => Wish::Greet,
        () => said_plainly(instructions).map_or(Wish::Usual, Wish::Say),
    }
}

/// The text that is to be said word for word: after "say exactly:" and the like, or in quotes.
fn verbatim(instructions: &str) -> Option<String> {
    if let Some(rest) = dictated(instructions) {
        let text = if rest.starts_with(['"', '\u{201c}']) { words::quoted(rest) } else { None };
        let line = text.unwrap_or_else(|| rest.lines().next().unwrap_or_default().trim());
        return (!line.is_empty()).then(|| line.to_owned());
    }
    let speaks = ["say", "greet", "tell", "speak", "answer", "reply", "read"]
        .iter()
        .any(|word| words::plain(instructions).split(' ').any(|w| w == *word));
    let spoken = |text: &&str| speaks && (text.contains(' ') || !text.contains('_'));
    words::quoted(&affirmed(instructions)).filter(spoken).map(str::to_owned)
}

/// Words between a verb of speaking and the colon behind which the words to be said begin.
#[rustfmt::skip]
const DICTATING: &[&str] = &[
    "aloud", "and", "caller", "else", "exactly", "following", "for", "just", "line", "nothing", "now", "only", "out", "phrase", "sentence", "text",
    "the", "these", "this", "to", "verbatim", "word", "words",
];

/// What follows "say:", "say exactly this, and nothing else:", "read out the following sentence:" or "say exactly".
fn dictated(instructions: &str) -> Option<&str> {
    let lower = instructions.to_ascii_lowercase();
    let verbs = ["say", "speak", "read", "repeat"];
    let starts = verbs
        .iter()
        .flat_map(|verb| lower.match_indices(verb).map(|(at, found)| (at, at + found.len())));
    let mut starts: Vec<_> =
        starts.filter(|(at, _)| !lower[..*at].ends_with(|c: char| c.is_alphanumeric())).collect();
    starts.sort_unstable();
    let forbidden = |at: usize| {
        let before = words::plain(&lower[..at]);
        ["not", "dont", "never"].iter().any(|word| before.rsplit(' ').next() == Some(word))
    };
    let after = |(_, end): &(usize, usize)| {
        let colon = end + lower[*end..].find(':')?;
        let between = words::plain(&lower[*end..colon]);
        let dictates = between.is_empty() || between.split(' ').all(|w| DICTATING.contains(&w));
        let is_clause = !lower[*end..colon].contains(['.', '\n', '"']);
        (dictates && is_clause).then(|| instructions[colon + 1..].trim())
    };
    let found = starts.iter().filter(|(at, _)| !forbidden(*at)).find_map(after);
    found.or_else(|| {
        let at = lower.find("say exactly ")?;
        Some(instructions[at + "say exactly ".len()..].trim())
    })
}

/// "Say hello." says hello, if what follows is short and no description of what to say.
fn said_plainly(instructions: &str) -> Option<String> {
    let trimmed = instructions.trim();
    let rest = trimmed.strip_prefix("Say ").or_else(|| trimmed.strip_prefix("say "))?;
    let text = rest.split_inclusive(['.', '!', '?']).next()?.trim();
    let first = words::plain(text).split(' ').next().map(str::to_owned)?;
    let describes = [
        "that",
        "in",
        "something",
        "a",
        "an",
        "to",
        "nothing",
        "whether",
        "what",
        "how",
        "one",
        "so",
        "it",
        "this",
    ]
    .contains(&first.as_str());
    (!describes && text.split(' ').count() <= 12).then(|| text.to_owned())
}

/// The text without the clauses that forbid something.
fn affirmed(text: &str) -> String {
    let forbids = |clause: &str| {
        let plain = format!(" {} ", words::plain(clause));
        [" do not ", " dont ", " never ", " without ", " not "]
            .iter()
            .any(|word| plain.contains(word))
    };
    text.split_inclusive(['.', ';', '\n', ',']).filter(|clause| !forbids(clause)).collect()
}

/// The greeting of a session: a quoted one where the instructions speak of greeting, else one that gives the name.
pub(crate) fn greeting(instructions: &str) -> String {
    quoted_greeting(instructions).unwrap_or_else(|| match name(instructions) {
        Some(name) => format!("Hello, this is {name}. How can I help you?"),
        None => "Hello, how can I help you?".to_owned(),
    })
}

fn quoted_greeting(instructions: &str) -> Option<String> {
    let instructions = affirmed(instructions);
    let lower = instructions.to_ascii_lowercase();
    let at = ["greeting:", "greeting is", "greet "].iter().find_map(|word| lower.find(word))?;
    let paragraph = instructions.get(at..)?.split("\n\n").next()?;
    let words = match paragraph.to_ascii_lowercase().find("say:") {
        Some(say) => words::quoted(&paragraph[say..]),
        None => words::quoted(paragraph),
    };
    if let Some(text) = words {
        return Some(text.to_owned());
    }
    let text = paragraph.lines().next()?.split_once(':')?.1.trim();
    (lower[at..].starts_with("greeting:") && !text.is_empty()).then(|| text.to_owned())
}

/// Who the instructions say the model is: "the front desk of Harbour Internet", or a company's name.
fn name(instructions: &str) -> Option<String> {
    let role = ["You are ", "You're ", "you are "]
        .iter()
        .find_map(|lead| instructions.split_once(lead).map(|(_, rest)| rest));
    let clause = role.map(|rest| {
        let end = rest.find(['.', ',', ';', '\n', ':']).unwrap_or(rest.len());
        let clause = &rest[..end];
        let end = [" who ", " that ", " and ", " which ", " answering "]
            .iter()
            .filter_map(|cut| clause.find(cut))
            .min()
            .unwrap_or(clause.len());
        clause[..end].trim()
    });
    match clause {
        Some(clause)
            if !clause.is_empty()
                && clause.len() <= 80
                && !clause.starts_with("a ")
                && !clause.starts_with("an ") =>
        {
            Some(clause.to_owned())
        }
        _ => company(instructions.lines().find(|line| !line.trim().is_empty())?),
    }
}

/// The capitalised words after "of", "for" or "at".
fn company(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words.windows(2).position(|pair| {
        matches!(pair[0], "of" | "for" | "at") && pair[1].starts_with(char::is_uppercase)
    })?;
    let mut name: Vec<&str> = Vec::new();
    for word in words[at + 1..].iter().take_while(|word| word.starts_with(char::is_uppercase)) {
        name.push(word.trim_end_matches(['.', ',', ';', ':']));
        if word.ends_with(['.', ',', ';', ':']) {
            break;
        }
    }
    Some(name.join(" "))
}

/// What the instructions' brief says the caller wants: the text after "summary:" or "so far:", else after "reason:" or "why:".
pub(crate) fn brief(instructions: &str) -> Option<String> {
    ["summary", "so far", "reason", "why", "request"]
        .iter()
        .find_map(|key| labelled(instructions, key))
}

/// A fact that the instructions state as "customer id: 4711", for the slot of that name.
pub(crate) fn fact(instructions: &str, slot: &Slot) -> Option<String> {
    let name = slot.words();
    labelled(instructions, &name)
}

/// The rest of a line that begins with this label, whatever its bullets and case.
fn labelled(instructions: &str, label: &str) -> Option<String> {
    instructions.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        let value = value.trim().trim_matches(['"', '*', '`']).trim();
        (words::of_name(key) == label && !value.is_empty()).then(|| value.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_s_wish_is_understood() {
        for (instructions, expected) in [
            ("Say exactly: One moment, please.", Wish::Say("One moment, please.".to_owned())),
            (
                "Say \"I am still here.\" and nothing else.",
                Wish::Say("I am still here.".to_owned()),
            ),
            (
                "Tell the caller that you are still working on it, in one short sentence. Do not call tools.",
                Wish::Hold,
            ),
            (
                "Say exactly this, and nothing else: \"Let me look.\" Do not call a tool.",
                Wish::Say("Let me look.".to_owned()),
            ),
            (
                "Speak calmly.\nSay these words to the caller, word for word:\n<slow>Let me look.</slow>\nThen stop.",
                Wish::Say("<slow>Let me look.</slow>".to_owned()),
            ),
            (
                "Read out the following sentence: It's \"nearly\" done: one moment.",
                Wish::Say("It's \"nearly\" done: one moment.".to_owned()),
            ),
            ("Do not say: goodbye. Use the result.", Wish::Usual),
            ("The caller has been silent. Ask whether they are still there.", Wish::Nudge),
            ("Say goodbye to the caller.", Wish::Farewell),
            ("Apologise: something went wrong.", Wish::Apologise),
            ("Greet the caller and ask what they need.", Wish::Greet),
            ("Say hello.", Wish::Say("hello.".to_owned())),
            ("Continue with the caller's request. Do not greet again.", Wish::Usual),
            ("Use the result of \"get_account_balance\" to answer.", Wish::Usual),
        ] {
            assert_eq!(wish(instructions), expected, "{instructions}");
        }
    }

    #[test]
    fn the_greeting_comes_from_the_instructions() {
        for (instructions, expected) in [
            ("Be brief.\nGreet callers with \"Welcome to Harbour!\"", "Welcome to Harbour!"),
            ("Greeting: Good day, Bright Smile.\nBe kind.", "Good day, Bright Smile."),
            (
                "You are the front desk of a bicycle shop. Be brief.",
                "Hello, this is the front desk of a bicycle shop. How can I help you?",
            ),
            (
                "You are a helpful voice agent for Harbour Internet.",
                "Hello, this is Harbour Internet. How can I help you?",
            ),
            ("Be brief.", "Hello, how can I help you?"),
            ("", "Hello, how can I help you?"),
        ] {
            assert_eq!(greeting(instructions), expected, "{instructions}");
        }
    }

    #[test]
    fn the_brief_is_read_from_its_label() {
        let instructions =
            "You are billing.\n\n- Reason: balance\n- Summary: The caller wants their balance.";
        assert_eq!(brief(instructions).as_deref(), Some("The caller wants their balance."));
        assert_eq!(brief("You are billing."), None);
    }
}
