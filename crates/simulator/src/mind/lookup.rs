//! Ids that the caller does not say: found in what earlier calls returned, or by calling a tool that lists them.

use jiff::civil::{Date, DateTime};
use serde_json::{Map, Value};

use super::Tool;
use super::rank;
use super::schema::{self, Slot};
use super::slots::{Hearing, bare, ids, moments, position, timestamp};
use super::speak::hint;
use super::view::View;
use super::words::{self, Word};

/// States of a thing with which nothing more is to be done.
const CLOSED: &[&str] = &[
    "cancelled",
    "canceled",
    "closed",
    "completed",
    "delivered",
    "done",
    "expired",
    "missed",
    "paid",
    "past",
    "refunded",
    "settled",
];

/// Verbs for which the caller has to say which of several is meant.
const CHOOSY: &[&str] =
    &["cancel", "delete", "remove", "pay", "refund", "close", "terminate", "dispute"];

/// A thing with an id, as an earlier result told of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    /// The id.
    pub(crate) id: Value,
    /// All that is known of it.
    pub(crate) about: Map<String, Value>,
}

/// What earlier results say about an id.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Found {
    /// It is this one.
    One(Value),
    /// It is one of these, and the caller has to say which.
    Several(Vec<Entry>),
    /// There are none: a list that was asked for is empty.
    Nothing,
    /// Nothing has been asked yet.
    Unknown,
}

/// Looks for the slot's id in the conversation's results, the newest first.
pub(crate) fn in_results(
    slot: &Slot,
    tool: &str,
    view: &View<'_>,
    said: &str,
    now: DateTime,
) -> Found {
    let noun = noun(slot, tool);
    let mut listed = false;
    for call in view.calls.iter().rev() {
        let Some(data) = call.result.as_ref().and_then(|result| result.data()) else { continue };
        let subject = rank::subject(call.name);
        let mut entries = Vec::new();
        collect(data, slot, &noun, &subject, &mut entries);
        entries.retain(|entry| slot.accepts(&entry.id));
        dedup(&mut entries);
        if !entries.is_empty() {
            return choose(entries, tool, said, now);
        }
        listed |= rank::only_looks(call.name)
            && same_noun(&subject, &noun)
            && view.since_turn().any(|recent| recent.name == call.name);
    }
    if listed { Found::Nothing } else { Found::Unknown }
}

/// The id as earlier results spell it, where the caller said it in another way: "a 17" for `A-17`.
pub(crate) fn known(slot: &Slot, tool: &str, view: &View<'_>, said: &Value) -> Option<Value> {
    let noun = noun(slot, tool);
    let wanted = bare(&plain_text(said));
    let mut entries = Vec::new();
    for call in &view.calls {
        if let Some(data) = call.result.as_ref().and_then(|result| result.data()) {
            collect(data, slot, &noun, &rank::subject(call.name), &mut entries);
        }
    }
    entries
        .into_iter()
        .map(|entry| entry.id)
        .find(|id| bare(&plain_text(id)) == wanted && slot.accepts(id))
}

/// The things that a message names by their ids: "T-1 on Tuesday and T-2 on Thursday".
pub(crate) fn named_in(message: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    for sentence in hint::sentences(message) {
        let words = words::split(sentence);
        let named: Vec<_> = words.iter().filter(|word| ids::sample(&word.said).is_some()).collect();
        for (at, id) in named.iter().enumerate() {
            // What is said of a thing stands between its id and the next one.
            let end = named.get(at + 1).map_or(sentence.len(), |next| next.at.start);
            let text = Value::String(sentence[id.at.start..end].trim().to_owned());
            let about = Map::from_iter([("text".to_owned(), text)]);
            entries.push(Entry { id: Value::String(id.said.clone()), about });
        }
    }
    entries
}

/// The tool that lists the things that the slot's id stands for, without needing anything itself.
pub(crate) fn list_tool<'a>(slot: &Slot, tool: &str, tools: &'a [Tool]) -> Option<&'a Tool> {
    let noun = noun(slot, tool);
    let fits = |candidate: &&Tool| {
        candidate.name != tool
            && rank::only_looks(&candidate.name)
            && same_noun(&rank::subject(&candidate.name), &noun)
            && schema::slots(&candidate.parameters).iter().all(|slot| !slot.required)
    };
    let mut fitting: Vec<&Tool> = tools.iter().filter(fits).collect();
    fitting.sort_by_key(|candidate| !words::of_name(&candidate.name).starts_with("list"));
    fitting.into_iter().next()
}

/// What the slot's id stands for: "appointment" for `appointment_id`, and for a bare `id` what the tool is about.
fn noun(slot: &Slot, tool: &str) -> String {
    let name = slot.words();
    let noun = [" id", " ids", " number", " no", " reference", " ref", " code"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending));
    noun.map_or_else(|| rank::subject(tool), str::to_owned)
}

/// Whether two names are of one thing: "open appointments" and "appointment".
fn same_noun(one: &str, other: &str) -> bool {
    let last = |name: &str| name.split(' ').next_back().map(words::stem).unwrap_or_default();
    !last(one).is_empty() && last(one) == last(other)
}

/// Gathers every object with the slot's id, by the very key, or by a bare `id` under a key of the right noun.
fn collect(value: &Value, slot: &Slot, noun: &str, context: &str, entries: &mut Vec<Entry>) {
    match value {
        Value::Array(values) => {
            for value in values {
                collect(value, slot, noun, context, entries);
            }
        }
        Value::Object(object) => {
            if let Some(id) = id_of(object, slot, noun, context) {
                entries.push(Entry { id: id.clone(), about: object.clone() });
            }
            for (key, inner) in object {
                collect(inner, slot, noun, &words::of_name(key), entries);
            }
        }
        _ => {}
    }
}

fn id_of<'a>(
    object: &'a Map<String, Value>,
    slot: &Slot,
    noun: &str,
    context: &str,
) -> Option<&'a Value> {
    let scalar = |value: &&Value| value.is_string() || value.is_number();
    if let Some(id) = object.get(&slot.name).filter(scalar) {
        return Some(id);
    }
    let suffixed = |key: &str| {
        let key = words::of_name(key);
        let is_id = [" id", " number", " reference", " code"]
            .iter()
            .any(|ending| key.strip_suffix(ending).is_some_and(|rest| same_noun(rest, noun)));
        is_id || format!(" {}", slot.words()).ends_with(&format!(" {key}")) && key.contains(' ')
    };
    let under_noun = || {
        let last = slot.words().split(' ').next_back().map(str::to_owned).unwrap_or_default();
        [last.as_str(), "id", "number", "reference", "code"]
            .iter()
            .find_map(|key| object.get(*key).filter(scalar))
            .filter(|_| same_noun(context, noun))
    };
    object
        .iter()
        .find(|(key, value)| suffixed(key) && scalar(value))
        .map(|(_, value)| value)
        .or_else(under_noun)
}

fn dedup(entries: &mut Vec<Entry>) {
    let mut seen: Vec<Value> = Vec::new();
    entries.retain(|entry| {
        let new = !seen.contains(&entry.id);
        seen.push(entry.id.clone());
        new
    });
}

/// Which of the entries is meant: the one that is said, the only open one, or the soonest where nothing hangs on it.
fn choose(entries: Vec<Entry>, tool: &str, said: &str, now: DateTime) -> Found {
    let open: Vec<Entry> = entries.iter().filter(|entry| !is_closed(entry)).cloned().collect();
    let entries = if open.is_empty() { entries } else { open };
    if let [only] = entries.as_slice() {
        return Found::One(only.id.clone());
    }
    if let Some(entry) = pick(&entries, said, now, false) {
        return Found::One(entry.id.clone());
    }
    let verb = words::of_name(tool);
    let choosy = verb.split(' ').next().is_some_and(|verb| CHOOSY.contains(&verb));
    let mut coming: Vec<(DateTime, &Entry)> =
        entries.iter().filter_map(|entry| Some((moment(entry)?, entry))).collect();
    coming.retain(|(moment, _)| *moment >= now);
    coming.sort_by_key(|(moment, _)| *moment);
    match coming.first() {
        Some((_, soonest)) if !choosy => Found::One(soonest.id.clone()),
        _ => Found::Several(entries),
    }
}

fn is_closed(entry: &Entry) -> bool {
    ["status", "state"]
        .iter()
        .filter_map(|key| entry.about.get(*key)?.as_str())
        .any(|state| CLOSED.contains(&state.to_lowercase().as_str()))
}

/// The one entry that the words point at: by its id, its place, its words, or its day where the sentence is an `answer`.
pub(crate) fn pick<'a>(
    entries: &'a [Entry],
    said: &str,
    now: DateTime,
    answer: bool,
) -> Option<&'a Entry> {
    let hearing = Hearing::of(said, now, None);
    let ends = |id: &str, word: &Word| {
        word.said.len() >= 3
            && word.said.bytes().all(|c| c.is_ascii_digit())
            && id.ends_with(&word.said)
    };
    let by_id = |entry: &&Entry| {
        let id = bare(&plain_text(&entry.id));
        let joined = bare(said);
        id.len() > 1
            && (hearing.words.iter().any(|word| bare(&word.said) == id)
                || answer
                    && (joined.ends_with(&id) || hearing.words.iter().any(|word| ends(&id, word))))
    };
    if let Some(entry) = only(entries.iter().filter(by_id)) {
        return Some(entry);
    }
    if let Some(at) = position(&hearing.words, entries.len()).filter(|_| answer) {
        return entries.get(at);
    }
    if answer && let Some(entry) = by_day(entries, &hearing, now) {
        return Some(entry);
    }
    let said: Vec<String> = words::telling(said);
    let score = |entry: &Entry| {
        let texts =
            entry.about.values().filter_map(Value::as_str).map(words::of_name).collect::<Vec<_>>();
        let own = words::telling(&texts.join(" "));
        said.iter().filter(|stem| own.contains(stem)).count()
    };
    let best = entries.iter().map(score).max().filter(|best| *best > 0)?;
    only(entries.iter().filter(|entry| score(entry) == best))
}

fn by_day<'a>(entries: &'a [Entry], hearing: &Hearing<'_>, now: DateTime) -> Option<&'a Entry> {
    let said = moments(&hearing.words, now, false).into_iter().next()?;
    let same = |entry: &&Entry| {
        moment(entry).is_some_and(|moment| {
            said.day.is_none_or(|day| day == moment.date())
                && said.time.is_none_or(|time| time == moment.time() || said.day.is_some())
        })
    };
    only(entries.iter().filter(same))
}

fn only<'a>(mut entries: impl Iterator<Item = &'a Entry>) -> Option<&'a Entry> {
    let first = entries.next()?;
    entries.next().is_none().then_some(first)
}

/// When the thing is, if any of its texts is a moment.
fn moment(entry: &Entry) -> Option<DateTime> {
    let texts = entry.about.values().filter_map(Value::as_str);
    let dates = || entry.about.values().filter_map(Value::as_str).filter(|text| text.len() == 10);
    let start =
        || dates().find_map(|text| text.parse::<Date>().ok()).map(|date| date.at(23, 59, 0, 0));
    texts.filter_map(timestamp).min().or_else(start)
}

fn plain_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;
    use crate::mind::Said;
    use crate::mind::view::tests::{call, output, user};

    fn now() -> DateTime {
        date(2026, 11, 21).at(10, 0, 0, 0)
    }

    fn id_slot(name: &str) -> Slot {
        schema::slots(&json!({"properties": {name: {"type": "string"}}, "required": [name]}))
            .remove(0)
    }

    fn found(slot: &str, tool: &str, listed: &Value, said: &str) -> Found {
        let text = json!({"status": "ok", "data": listed}).to_string();
        let items: Vec<Said> =
            vec![user(said), call("1", "list_appointments", "{}"), output("1", &text)];
        in_results(&id_slot(slot), tool, &View::of(&items), said, now())
    }

    fn two() -> Value {
        json!({"appointments": [
            {"id": "A17", "service": "Check-up", "starts_at": "2026-12-01T09:00"},
            {"id": "A18", "service": "Cleaning", "starts_at": "2026-11-24T15:00"},
        ]})
    }

    #[test]
    fn the_only_id_is_taken_whatever_its_key_is_called() {
        for listed in [
            json!({"appointments": [{"id": "A17"}]}),
            json!([{"appointment_id": "A17"}]),
            json!([{"id": "A17"}]),
            json!({"appointments": [{"number": "A17"}, {"number": "A1", "status": "cancelled"}]}),
        ] {
            assert_eq!(
                found("appointment_id", "move_appointment", &listed, "move it"),
                Found::One(json!("A17")),
                "{listed}"
            );
        }
    }

    #[test]
    fn of_several_the_one_that_is_said_is_taken() {
        assert_eq!(
            found("appointment_id", "cancel_appointment", &two(), "cancel the check-up"),
            Found::One(json!("A17"))
        );
        assert_eq!(
            found("id", "move_appointment", &two(), "move a 18 A18"),
            Found::One(json!("A18"))
        );
    }

    #[test]
    fn of_several_the_soonest_is_moved_but_never_cancelled_unasked() {
        assert_eq!(
            found("appointment_id", "move_appointment", &two(), "move my appointment"),
            Found::One(json!("A18"))
        );
        assert!(
            matches!(found("appointment_id", "cancel_appointment", &two(), "cancel it"), Found::Several(entries) if entries.len() == 2)
        );
    }

    #[test]
    fn ids_of_other_things_are_left_alone() {
        let listed = json!({"invoices": [{"id": "INV-1"}]});
        assert_eq!(found("customer_id", "move_appointment", &listed, "move it"), Found::Unknown);
        assert_eq!(
            found("appointment_id", "move_appointment", &json!({"appointments": []}), "move it"),
            Found::Nothing
        );
    }

    #[test]
    fn an_answer_can_point_by_place_or_day() {
        let Found::Several(entries) =
            found("appointment_id", "cancel_appointment", &two(), "cancel it")
        else {
            panic!()
        };
        for (answer, expected) in [
            ("the second one", "A18"),
            ("the one on Tuesday", "A18"),
            ("A 17", "A17"),
            ("the cleaning", "A18"),
        ] {
            let picked = pick(&entries, answer, now(), true).map(|entry| entry.id.clone());
            // Both are on Tuesdays; the nearest one is meant.
            assert_eq!(picked, Some(json!(expected)), "{answer}");
        }
    }

    #[test]
    fn a_message_can_name_what_there_is_to_choose_from() {
        let entries = named_in(
            "You have several: T-40014 on Tuesday, December 1, at 9 and T-40015 on Thursday, December 3. Ask which one.",
        );
        assert_eq!(entries.len(), 2);
        for (answer, expected) in [
            ("the second one", "T-40015"),
            ("the one on Tuesday", "T-40014"),
            ("40015", "T-40015"),
            ("the one of December 3", "T-40015"),
        ] {
            let picked = pick(&entries, answer, now(), true).map(|entry| entry.id.clone());
            assert_eq!(picked, Some(json!(expected)), "{answer}");
        }
    }

    #[test]
    fn the_list_tool_of_the_same_noun_is_found() {
        let tool = |name: &str, parameters: Value| Tool {
            name: name.to_owned(),
            description: String::new(),
            parameters,
        };
        let needs = json!({"properties": {"day": {"type": "string"}}, "required": ["day"]});
        let tools = [
            tool("find_appointment", needs),
            tool("list_invoices", json!({})),
            tool("list_appointments", json!({})),
        ];
        let listing = list_tool(&id_slot("appointment_id"), "move_appointment", &tools)
            .map(|tool| tool.name.as_str());
        assert_eq!(listing, Some("list_appointments"));
        assert!(list_tool(&id_slot("customer_id"), "move_appointment", &tools).is_none());
    }
}
