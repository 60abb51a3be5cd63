//! What a sentence does besides asking for something: greet, thank, agree, refuse, take leave, stop, wait, ask again.

use super::words;

/// What a sentence does, as far as it can be told without the tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Social {
    /// "Goodbye."
    Farewell,
    /// "Never mind."
    Stop,
    /// "What did you say?"
    Again,
    /// "Just a second."
    Wait,
    /// "Yes, please."
    Yes,
    /// "No."
    No,
    /// "Thank you."
    Thanks,
    /// "Hello?"
    Greeting,
    /// "What can you do?"
    Help,
}

#[rustfmt::skip]
const FAREWELL: &[&str] = &[
    "goodbye", "good bye", "bye", "bye bye", "see you later", "see you soon", "thats all", "that is all", "that will be all", "thatll be all", "nothing else", "hang up", "end the call",
    "have a nice day", "have a good day", "talk to you later", "thats it", "thats everything", "that was all", "im done",
];
/// Takes back a request wherever it stands in a sentence.
const TAKEN_BACK: &[&str] = &["never mind", "nevermind", "forget it", "forget about it"];
/// Takes back a request when nothing else is said.
#[rustfmt::skip]
const STOP: &[&str] = &["never mind", "nevermind", "forget it", "forget about it", "forget that", "leave it", "drop it", "cancel that", "stop it", "stop that", "stop"];
/// Asks for the last words again wherever it stands in a sentence.
const REPEAT: &[&str] = &[
    "say that again",
    "repeat that",
    "what did you say",
    "say again",
    "come again",
    "i beg your pardon",
];
/// Asks for the last words again when nothing else is said.
#[rustfmt::skip]
const AGAIN: &[&str] = &[
    "say that again", "repeat that", "repeat it", "repeat", "what did you say", "say again", "come again", "pardon", "pardon me", "i beg your pardon", "once more",
    "one more time", "i didnt catch that", "i didnt hear you", "i did not understand", "i didnt understand",
];
#[rustfmt::skip]
const WAIT: &[&str] = &[
    "hold on", "hold on a second", "hold on a minute", "hold on a moment", "hang on a second", "hang on a minute", "wait", "hang on", "one moment", "just a moment", "one second", "just a second", "just a sec", "wait a minute", "wait a second", "give me a second", "give me a minute",
    "let me check", "let me look", "let me think", "a moment please", "just a minute",
];
#[rustfmt::skip]
const YES: &[&str] = &[
    "yes", "yeah", "yep", "yup", "sure", "correct", "thats right", "that is right", "right", "ok", "okay", "please do", "go ahead", "do it", "do that", "exactly", "absolutely",
    "of course", "definitely", "certainly", "fine", "thats fine", "that is fine", "sounds good", "i do", "i would", "i am sure", "im sure", "please", "confirmed", "i confirm", "agreed", "perfect", "great",
];
#[rustfmt::skip]
const NO: &[&str] = &[
    "no", "nope", "nah", "not now", "not really", "not today", "dont", "do not", "negative", "wrong", "thats wrong", "rather not", "no way", "i dont think so", "better not", "not yet",
];
const THANKS: &[&str] = &["thank you", "thanks", "many thanks", "cheers", "much appreciated"];
#[rustfmt::skip]
const GREETING: &[&str] = &[
    "hello", "hi", "hey", "good morning", "good afternoon", "good evening", "good day", "are you there", "anybody there", "anyone there", "is anybody there", "hello there",
];
#[rustfmt::skip]
const HELP: &[&str] = &["what can you do", "what can i do", "what can i ask", "help", "help me", "i need help", "i need some help", "can you help", "can you help me", "what do you do", "what are my options", "how can you help"];

/// What the sentence does; none where it only asks for something. Leave-taking counts wherever it stands.
pub(crate) fn social(text: &str) -> Option<Social> {
    let plain = words::plain(text);
    if plain.is_empty() {
        return None;
    }
    let alone =
        |phrases: &[&str]| without(&plain, &[phrases, POLITE]).is_empty() && has(&plain, phrases);
    if has(&plain, FAREWELL) {
        return Some(Social::Farewell);
    }
    if has(&plain, TAKEN_BACK) || alone(STOP) {
        return Some(Social::Stop);
    }
    if has(&plain, REPEAT) || alone(AGAIN) {
        return Some(Social::Again);
    }
    if starts(&plain, WAIT) && words::terms(&without(&plain, &[WAIT, POLITE])).is_empty() {
        return Some(Social::Wait);
    }
    if alone(HELP) || contains(&plain, "what can you do") {
        return Some(Social::Help);
    }
    match agreement(text) {
        Some(true) => return Some(Social::Yes),
        Some(false) => return Some(Social::No),
        None => {}
    }
    if alone(THANKS)
        || without(&plain, &[THANKS, GREETING, YES, POLITE]).is_empty() && has(&plain, THANKS)
    {
        return Some(Social::Thanks);
    }
    if alone(GREETING) {
        return Some(Social::Greeting);
    }
    None
}

/// Words that change nothing in a short answer.
#[rustfmt::skip]
const POLITE: &[&str] = &[
    "please", "thank you", "thanks", "very much", "so much", "a lot", "sir", "madam", "then", "well", "oh", "and", "but", "um", "uh", "hello", "hi", "hey", "i", "you", "it", "that", "to", "the", "for", "me", "now",
    "could", "can", "would", "sorry", "just", "all", "is", "there", "actually", "not", "lets", "really", "ah", "so",
];

/// Whether a sentence that says yes or no agrees; a no anywhere at its start beats a yes.
pub(crate) fn agreement(text: &str) -> Option<bool> {
    let plain = words::plain(text);
    if starts(&plain, NO) {
        return Some(false);
    }
    let rest = without(&plain, &[YES, POLITE]);
    if starts(&plain, YES) && words::terms(&rest).len() <= 1 && plain.split(' ').count() <= 8 {
        let late_no = rest.split(' ').any(|word| matches!(word, "no" | "dont" | "wrong"));
        return Some(!late_no);
    }
    None
}

/// The sentence in plain form without its greetings, thanks, leave-taking and yes or no.
pub(crate) fn without_social(text: &str) -> String {
    without(
        &words::plain(text),
        &[FAREWELL, THANKS, GREETING, &["yes", "yeah", "no", "ok", "okay"]],
    )
}

fn has(plain: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| contains(plain, phrase))
}

fn contains(plain: &str, phrase: &str) -> bool {
    format!(" {plain} ").contains(&format!(" {phrase} "))
}

fn starts(plain: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| format!("{plain} ").starts_with(&format!("{phrase} ")))
}

/// The plain text without these phrases, longer phrases first.
fn without(plain: &str, lists: &[&[&str]]) -> String {
    let mut phrases: Vec<&str> = lists.iter().flat_map(|list| list.iter().copied()).collect();
    phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
    let mut rest = format!(" {plain} ");
    for phrase in phrases {
        let pattern = format!(" {phrase} ");
        while rest.contains(&pattern) {
            rest = rest.replacen(&pattern, " ", 1);
        }
    }
    rest.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_told_apart() {
        for (text, expected) in [
            ("Goodbye!", Some(Social::Farewell)),
            ("No, that's all, thank you.", Some(Social::Farewell)),
            ("Thanks, bye", Some(Social::Farewell)),
            ("Oh, never mind.", Some(Social::Stop)),
            ("Sorry, could you repeat that?", Some(Social::Again)),
            ("Just a second please", Some(Social::Wait)),
            ("Yes, please do.", Some(Social::Yes)),
            ("That's right", Some(Social::Yes)),
            ("No thanks", Some(Social::No)),
            ("Don't do that", Some(Social::No)),
            ("Thank you very much", Some(Social::Thanks)),
            ("Hello?", Some(Social::Greeting)),
            ("What can you do?", Some(Social::Help)),
            ("Hello, I want to pay my bill", None),
            ("What is my balance?", None),
            ("Please move my appointment to Friday", None),
            ("stop my subscription", None),
            ("", None),
        ] {
            assert_eq!(social(text), expected, "{text}");
        }
    }

    #[test]
    fn the_rest_of_a_polite_sentence_is_kept() {
        assert_eq!(without_social("Hello, what is my balance? Thanks, bye!"), "what is my balance");
    }
}
