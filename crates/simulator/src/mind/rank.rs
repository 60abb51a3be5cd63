//! Which tool a sentence asks for: BM25 over names, descriptions and arguments, and whether the best is good enough.

use bm25::{SearchEngineBuilder, Tokenizer};

use super::Tool;
use super::schema::{self, Kind};
use super::words::{self, Term};

/// Verbs of tools that only look: no word for them has to be said.
#[rustfmt::skip]
const LOOKING: &[&str] = &[
    "calculate", "check", "compute", "count", "describe", "estimate", "explain", "fetch", "find", "get", "list", "lookup", "look", "query", "read", "search",
    "show", "tell", "track", "view", "what", "when", "who",
];

/// Verbs of tools that change something: a word for them has to be said.
#[rustfmt::skip]
const CHANGING: &[&str] = &[
    "accept", "activate", "add", "apply", "approve", "arrange", "assign", "block", "book", "buy", "cancel", "change", "choose", "close",
    "confirm", "create", "deactivate", "delete", "dispute", "draft", "edit", "end", "enable", "disable", "extend", "file", "forward", "hold", "identify", "issue",
    "leave", "log", "make", "modify", "move", "open", "order", "pause", "pay", "place", "postpone", "prepare", "put", "record", "refund",
    "register", "remove", "renew", "reorder", "repeat", "replace", "report", "request", "reschedule", "reserve", "reset", "restart", "resume",
    "return", "save", "schedule", "send", "set", "start", "stop", "submit", "subscribe", "swap", "switch", "take", "transfer", "unblock", "undo",
    "unsubscribe", "update", "upgrade", "downgrade", "verify", "withdraw", "write",
];

/// Verbs of tools to which it is enough to state what they are about.
const TAKING_DOWN: &[&str] = &["file", "leave", "log", "note", "record", "report"];

/// Verbs that say nothing about what is done.
const GENERIC: &[&str] =
    &["create", "do", "issue", "make", "place", "put", "request", "set", "start", "submit", "take"];

/// Built-in tools that a sentence never asks for by their description.
const BUILT_IN: &[&str] =
    &["stay_silent", "end_call", "hang_up", "check_task", "cancel_task", "list_tasks"];

/// The least share of a sentence's meaning that a tool has to cover to be called.
const CLEAR: f32 = 0.34;
/// The least share to offer it.
const OFFER: f32 = 0.6;

/// How well a tool fits a sentence.
#[derive(Clone, Debug)]
pub(crate) struct Fit<'a> {
    /// The tool.
    pub(crate) tool: &'a Tool,
    /// The BM25 score, weighted by the kind of sentence and of tool.
    pub(crate) score: f32,
    /// How sure it is.
    pub(crate) trust: Trust,
}

/// How sure it is that a tool is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trust {
    /// It is not.
    Weak,
    /// Its subject was named and not what to do with it, or the other way round: it can be offered.
    Offer,
    /// It is asked for.
    Clear,
}

/// Splits at spaces: the terms of the documents are made before they are indexed.
#[derive(Clone, Copy, Debug)]
struct Spaces;

impl Tokenizer for Spaces {
    fn tokenize(&self, text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }
}

/// A tool, as the sentence is compared with it.
struct Sheet<'a> {
    tool: &'a Tool,
    verb: Option<Verb>,
    /// The terms of the name without its verb.
    subject: Vec<Term>,
    /// The terms of the description.
    about: Vec<Term>,
    /// The terms of the arguments' names, descriptions and choices.
    arguments: Vec<Term>,
}

struct Verb {
    terms: Vec<Term>,
    changes: bool,
    generic: bool,
    takes_down: bool,
}

/// Whether this tool hands the caller to another agent.
pub(crate) fn is_transfer(name: &str) -> bool {
    destination(name).is_some()
}

/// Where a transfer tool leads: `billing` of `transfer_to_billing`.
pub(crate) fn destination(name: &str) -> Option<&str> {
    ["transfer_to_", "handoff_to_", "hand_off_to_"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .filter(|rest| !rest.is_empty())
}

/// Whether the tool only looks something up, by the first word of its name.
pub(crate) fn only_looks(name: &str) -> bool {
    let name = words::of_name(name);
    name.split(' ').next().is_some_and(|verb| LOOKING.contains(&verb))
}

/// The words of a tool's name without its verb: `move_appointment` is about an "appointment".
pub(crate) fn subject(name: &str) -> String {
    let name = words::of_name(name);
    match name.split_once(' ') {
        Some((verb, rest)) if LOOKING.contains(&verb) || CHANGING.contains(&verb) => {
            rest.to_owned()
        }
        _ => name,
    }
}

/// The tools that have anything to do with the sentence, the best first.
pub(crate) fn rank<'a>(tools: &'a [Tool], sentence: &str) -> Vec<Fit<'a>> {
    let sheets: Vec<Sheet<'a>> = tools
        .iter()
        .filter(|tool| !BUILT_IN.contains(&tool.name.as_str()))
        .map(Sheet::of)
        .collect();
    let said = words::terms(sentence);
    if said.is_empty() || sheets.is_empty() {
        return Vec::new();
    }
    let documents =
        sheets.iter().enumerate().map(|(at, sheet)| bm25::Document::new(at, sheet.document()));
    let engine = SearchEngineBuilder::<usize, u32, Spaces>::with_tokenizer_and_documents(
        Spaces,
        documents.collect::<Vec<_>>(),
    )
    .build();
    let query: Vec<String> = said.iter().map(tokens).collect();
    // The search keeps no order among equals: the session's order of the tools does.
    let mut found = engine.search(&query.join(" "), None);
    found.sort_by_key(|result| result.document.id);
    let mut fits: Vec<Fit<'a>> = found
        .into_iter()
        .filter_map(|result| {
            sheets
                .get(result.document.id)
                .map(|sheet| sheet.fit(result.score, &said, &sheets, sentence))
        })
        .collect();
    fits.sort_by(|a, b| b.trust.cmp(&a.trust).then(b.score.total_cmp(&a.score)));
    fits
}

/// A term as index tokens: its stem, and its meanings marked so that they are no stems.
fn tokens(term: &Term) -> String {
    let meanings = term.meanings.iter().map(|meaning| format!(" ~{meaning}"));
    std::iter::once(term.stem.clone()).chain(meanings).collect()
}

impl Verb {
    /// The verb of a tool. "Make" and the like say nothing: there the subject is the verb, as in `make_payment`.
    fn of(verb: &str, subject: &str) -> Self {
        let terms = words::terms(if GENERIC.contains(&verb) { subject } else { verb });
        let changes = CHANGING.contains(&verb);
        Self {
            terms,
            changes,
            generic: GENERIC.contains(&verb),
            takes_down: TAKING_DOWN.contains(&verb),
        }
    }
}

impl<'a> Sheet<'a> {
    fn of(tool: &'a Tool) -> Self {
        let is_task = tool.name == "create_task";
        let name = match destination(&tool.name) {
            Some(to) => words::of_name(to),
            None if is_task => String::new(),
            None => words::of_name(&tool.name),
        };
        let verb = name.split(' ').next().filter(|_| !is_transfer(&tool.name));
        let verb = verb.filter(|verb| LOOKING.contains(verb) || CHANGING.contains(verb));
        let mut rest = match verb {
            Some(verb) => name[verb.len()..].trim().to_owned(),
            None => name.clone(),
        };
        let slots =
            if is_transfer(&tool.name) { Vec::new() } else { schema::slots(&tool.parameters) };
        let mut arguments: Vec<String> = Vec::new();
        for slot in &slots {
            arguments.extend([slot.words(), slot.description.clone()]);
            if let Kind::Choice(values) = &slot.kind {
                let choices = values.iter().filter_map(|value| value.as_str()).map(words::of_name);
                // What a task tool can start is as good as its name.
                if slot.name == "kind" && is_task {
                    rest = choices.fold(rest, |rest, choice| format!("{rest}. {choice}"));
                } else {
                    arguments.extend(choices);
                }
            }
        }
        let verb = verb.map(|verb| Verb::of(verb, &rest));
        let about = words::terms(&affirmed(&tool.description));
        Self {
            tool,
            verb,
            subject: words::terms(&rest),
            about,
            arguments: words::terms(&arguments.join(". ")),
        }
    }

    /// The text that is indexed: the name weighs three times, the arguments once.
    fn document(&self) -> String {
        let verb = self.verb.as_ref().map(|verb| verb.terms.as_slice()).unwrap_or_default();
        let name = || verb.iter().chain(&self.subject);
        let all = name().chain(name()).chain(name()).chain(&self.about).chain(&self.arguments);
        all.map(tokens).collect::<Vec<_>>().join(" ")
    }

    fn knows(&self, term: &Term) -> bool {
        self.in_verb(term)
            || self.in_subject(term)
            || self.arguments.iter().any(|own| own.means(term))
    }

    fn in_verb(&self, term: &Term) -> bool {
        self.verb.as_ref().is_some_and(|verb| verb.terms.iter().any(|own| own.means(term)))
    }

    fn in_subject(&self, term: &Term) -> bool {
        self.subject.iter().chain(&self.about).any(|own| own.means(term))
    }

    fn fit(&self, score: f32, said: &[Term], sheets: &[Sheet<'_>], sentence: &str) -> Fit<'a> {
        let coverage = self.coverage(said, sheets);

        let subject_said = said
            .iter()
            .any(|term| self.in_subject(term) && (!self.in_verb(term) || term.meanings.len() > 1));
        let name_said = said.iter().any(|term| self.subject.iter().any(|own| own.means(term)));
        let stated = name_said
            && !is_question(sentence)
            && self.verb.as_ref().is_some_and(|verb| verb.takes_down);
        let verb_said = stated || said.iter().any(|term| self.in_verb(term));
        let changes = self.verb.as_ref().is_some_and(|verb| verb.changes);
        let generic = self.verb.as_ref().is_some_and(|verb| verb.generic) && !is_question(sentence);
        let bare_verb = said.len() == 1 && verb_said && self.subject.is_empty();
        let trust = match () {
            () if coverage < CLEAR => Trust::Weak,
            () if changes && verb_said && (subject_said || bare_verb || generic) => Trust::Clear,
            () if changes && coverage >= OFFER && (verb_said || name_said) => Trust::Offer,
            () if !changes && (subject_said || self.verb.is_none() && coverage >= OFFER) => {
                Trust::Clear
            }
            () => Trust::Weak,
        };
        let fitness = match (changes, verb_said, is_question(sentence)) {
            (true, false, _) => 0.5,
            (true, true, true) => 0.9,
            (false, _, true) if self.verb.is_some() => 1.2,
            _ => 1.0,
        };
        Fit { tool: self.tool, score: score * fitness * (0.5 + 0.5 * coverage), trust }
    }

    /// The share of what was said that this tool knows; words that no tool knows weigh half.
    fn coverage(&self, said: &[Term], sheets: &[Sheet<'_>]) -> f32 {
        let mut known = 0.0;
        let mut all = 0.0;
        for term in said {
            let weight =
                if sheets.iter().any(|sheet| sheet.knows(term)) || !term.meanings.is_empty() {
                    1.0
                } else {
                    0.5
                };
            all += weight;
            known += if self.knows(term) { weight } else { 0.0 };
        }
        if all > 0.0 { known / all } else { 0.0 }
    }
}

/// A description without what the tool is not for: "anything but invoices", "Do not use for refunds."
pub(crate) fn affirmed(description: &str) -> String {
    let mut kept = String::new();
    for sentence in description.split_inclusive(['.', ';', '\n']) {
        let plain = words::plain(sentence);
        if ["do not", "dont", "never", "not for"].iter().any(|negation| plain.starts_with(negation))
        {
            continue;
        }
        let lower = sentence.to_lowercase();
        let cut = [" but ", " except ", " other than ", " apart from ", " rather than ", " not "]
            .iter()
            .filter_map(|word| lower.find(word))
            .min();
        kept.push_str(cut.and_then(|at| sentence.get(..at)).unwrap_or(sentence));
        kept.push(' ');
    }
    kept
}

/// Whether the description takes whatever nobody else does: "anything else", "all other questions".
pub(crate) fn takes_the_rest(tool: &Tool) -> bool {
    let plain = format!(" {} ", words::plain(&tool.description));
    [
        "anything",
        "everything else",
        "something else",
        "other question",
        "other request",
        "other matter",
        "any other",
        "all other",
        "general question",
    ]
    .iter()
    .any(|phrase| plain.contains(phrase))
}

/// Whether the sentence asks rather than orders.
pub(crate) fn is_question(sentence: &str) -> bool {
    let plain = words::plain(sentence);
    let first = plain.split(' ').next().unwrap_or_default();
    let asks = [
        "what", "whats", "when", "whens", "where", "wheres", "which", "who", "how", "is", "are",
        "do", "does", "did", "am", "was", "has",
    ];
    asks.contains(&first)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tool(name: &str, description: &str) -> Tool {
        Tool {
            name: name.to_owned(),
            description: description.to_owned(),
            parameters: json!({"type": "object", "properties": {}}),
        }
    }

    fn clinic() -> Vec<Tool> {
        vec![
            tool("list_appointments", "The caller's coming appointments."),
            tool("book_appointment", "Book a new appointment at a free time."),
            tool("move_appointment", "Move an appointment to another time."),
            tool("cancel_appointment", "Cancel an appointment for good."),
            tool("transfer_to_front_desk", "The caller asks about anything but appointments."),
        ]
    }

    fn best(tools: &[Tool], sentence: &str) -> Option<(String, Trust)> {
        rank(tools, sentence).into_iter().next().map(|fit| (fit.tool.name.clone(), fit.trust))
    }

    #[test]
    fn the_verb_decides_between_tools_of_one_subject() {
        for (sentence, expected) in [
            ("Move my appointment to Friday morning", "move_appointment"),
            ("I need to reschedule my visit", "move_appointment"),
            ("I'd like to make an appointment", "book_appointment"),
            ("call off my appointment", "cancel_appointment"),
            ("When is my appointment?", "list_appointments"),
        ] {
            assert_eq!(
                best(&clinic(), sentence),
                Some((expected.to_owned(), Trust::Clear)),
                "{sentence}"
            );
        }
    }

    #[test]
    fn half_a_match_is_no_clear_match() {
        for sentence in
            ["Cancel my contract", "Do you sell bananas?", "colourless green ideas", "hello there"]
        {
            assert_ne!(
                best(&clinic(), sentence).map(|(_, trust)| trust),
                Some(Trust::Clear),
                "{sentence}"
            );
        }
    }

    #[test]
    fn what_a_tool_is_not_for_is_not_indexed() {
        let best = best(&clinic(), "my appointments please").unwrap();
        assert_eq!(best.0, "list_appointments");
        assert!(takes_the_rest(&clinic()[4]));
    }

    #[test]
    fn the_subject_of_a_name_has_no_verb() {
        assert_eq!(subject("move_appointment"), "appointment");
        assert_eq!(subject("opening_hours"), "opening hours");
        assert_eq!(destination("transfer_to_billing"), Some("billing"));
    }
}
