//! What becomes of a call whose link to the model breaks.

use switchboard_conversation::{
    Effect, Ended, Entry, Input, ModelEvent, Output, OutputItem, OutputKind, Report,
};
use switchboard_realtime::{CallId, ItemId, ResponseId};

use crate::scene::{Scene, apologised, asked, entries, held, hung_up, rendered, to_billing};

impl Scene {
    fn breaks(&mut self) -> Vec<Output> {
        self.input(Input::LinkLost { reason: "reset".to_owned(), hopeless: false })
    }

    /// The model is reached again, and knows the session.
    fn back(&mut self) -> Vec<Output> {
        self.pass(0);
        self.ready()
    }
}

/// What the new link is told of the old one, in notes of ours.
fn notes(outputs: &[Output]) -> String {
    let entries = entries(outputs);
    assert!(matches!(entries.first(), Some(Entry::System(_))), "a note comes first: {entries:?}");
    let notes = entries.iter().filter_map(|entry| match entry {
        Entry::System(note) => Some(note.as_str()),
        _ => None,
    });
    notes.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_reply_that_was_cut_off_is_asked_for_again_and_the_model_knows() {
    let mut scene = Scene::answering();
    scene.begins("r1", "i1");
    scene.words("r1", "i1", "Your balance is");
    scene.sound("r1", "i1", 700);

    let lost = scene.breaks();
    let dialled = scene.pass(0);
    let back = scene.back();
    let asked_at_once = asked(&back).is_some();
    let later = scene.pass(400);

    assert!(lost.contains(&Output::Disconnect));
    assert!(dialled.iter().any(|output| matches!(output, Output::Dial { .. })), "at once");
    assert!(notes(&back).contains("Say it again"), "{}", notes(&back));
    assert!(
        entries(&back)
            .iter()
            .all(|entry| !matches!(entry, Entry::Agent(text) if text.contains("balance"))),
        "what is said again is not in it"
    );
    assert!(asked_at_once != asked(&later).is_some(), "once");
}

#[test]
fn a_reply_that_had_come_whole_is_not_asked_for_again() {
    let mut scene = Scene::answering();
    scene.begins("r1", "i1");
    scene.words("r1", "i1", "Nine to five.");
    scene.sound("r1", "i1", 700);
    let (response, item) = (ResponseId::new("r1"), ItemId::new("i1"));
    scene.model(ModelEvent::Sounded { response, item });

    scene.breaks();
    let mut outputs = scene.back();
    outputs.extend(scene.pass(5_000));

    assert_eq!(asked(&outputs), None);
    let said = entries(&outputs);
    assert!(said.contains(&Entry::Agent("Nine to five.".to_owned())), "{said:?}");
    assert!(!scene.conversation.is_owing());
}

#[test]
fn a_tool_that_runs_on_is_answered_on_the_new_link_as_a_pair() {
    let mut scene = Scene::answering();
    scene.calls("r1", "c1");
    scene.done("r1", None, Ended::Completed);

    scene.breaks();
    let back = scene.back();
    assert!(notes(&back).contains("Still running"), "{}", notes(&back));
    assert!(
        !entries(&back).iter().any(|entry| matches!(entry, Entry::Call { .. })),
        "neither half"
    );

    let outputs = scene.answered("c1", Effect::Tell);
    let entries = entries(&outputs);
    assert!(
        matches!(&entries[..], [Entry::Call { call_id: call, .. }, Entry::Output { call_id, .. }] if call == call_id && *call != CallId::new("c1")),
        "{entries:?}"
    );
    assert!(asked(&outputs).is_some());
}

#[test]
fn a_tool_that_ends_while_there_is_no_link_is_told_over_the_next() {
    let mut scene = Scene::answering();
    scene.calls("r1", "c1");
    scene.done("r1", None, Ended::Completed);
    scene.breaks();
    assert!(
        entries(&scene.answered("c1", Effect::Tell)).is_empty(),
        "nothing is sent while the link is down"
    );

    let mut back = scene.back();
    back.extend(scene.pass(400));

    let restored = entries(&back);
    assert!(
        matches!(&restored[..], [.., Entry::Call { call_id: call, .. }, Entry::Output { call_id, .. }] if call == call_id),
        "{restored:?}"
    );
    assert!(asked(&back).is_some());
}

#[test]
fn a_transfer_asked_for_while_there_is_no_link_happens_on_the_next() {
    let mut scene = Scene::answering();
    scene.calls("r1", "c1");
    scene.done("r1", None, Ended::Completed);
    scene.breaks();
    scene.answered("c1", to_billing());

    let outputs = scene.back();

    assert!(
        outputs.iter().any(|output| matches!(output, Output::Report(Report::HandedOff { .. }))),
        "{outputs:?}"
    );
    assert_eq!(scene.conversation.agent(), "billing");
    assert!(asked(&outputs).is_some() || asked(&scene.pass(400)).is_some(), "billing acts at once");
}

#[test]
fn nobody_waits_for_a_model_that_stays_away() {
    let mut scene = Scene::answering();
    scene.breaks();
    let mut outputs = Vec::new();
    for _ in 0..400 {
        let dialled = scene.pass(50);
        if dialled.iter().any(|output| matches!(output, Output::Dial { .. })) {
            outputs.extend(scene.breaks());
        }
        outputs.extend(dialled);
    }

    assert!(apologised(&outputs), "{outputs:?}");
}

#[test]
fn a_long_gap_is_covered_and_a_short_one_is_not_noticed() {
    let mut scene = Scene::answering_with(rendered());
    scene.says("r1", "i1", "Nine to five.", 700);
    scene.done("r1", None, Ended::Completed);
    scene.pass(3_000);

    let mut outputs = scene.breaks();
    outputs.extend(scene.pass(1_900));
    assert_eq!(held(&outputs), [], "nobody waited for anything");
    assert_eq!(held(&scene.pass(500)).len(), 1);
}

#[test]
fn a_half_announced_call_of_the_lost_link_is_not_run() {
    let mut scene = Scene::answering();
    scene.breaks();
    scene.back();
    let kind = OutputKind::Call {
        call_id: CallId::new("c9"),
        name: "pay".to_owned(),
        arguments: "{\"am".to_owned(),
    };
    let item = OutputItem { id: ItemId::new("i9"), kind, completed: false };

    let outputs = scene.model(ModelEvent::OutputDone { response: ResponseId::new("r1"), item });

    assert!(!outputs.iter().any(|output| matches!(output, Output::Dispatch { .. })));
}

#[test]
fn a_call_that_is_about_to_end_ends_when_the_link_does() {
    let mut scene = Scene::answering();
    scene.says("r1", "i1", "Goodbye!", 500);
    scene.calls("r1", "c1");
    scene.done("r1", None, Ended::Completed);
    scene.answered("c1", Effect::EndCall { reason: "bye".to_owned() });

    let mut outputs = scene.breaks();
    outputs.extend(scene.pass(4_000));

    assert!(hung_up(&outputs) && !apologised(&outputs), "the goodbye has been said");
}

#[test]
fn a_key_that_nobody_knows_is_not_tried_again() {
    let mut scene = Scene::new(false, true);

    let outputs =
        scene.input(Input::LinkLost { reason: "the key is wrong".to_owned(), hopeless: true });

    assert!(apologised(&outputs));
    assert!(!scene.pass(1_000).iter().any(|output| matches!(output, Output::Dial { .. })));
}
