//! What callers who wait are told, and what those are asked who say nothing.

use std::time::Duration;

use switchboard_conversation::{
    DEAD_AIR, Effect, Ended, Entry, Input, ModelCommand, ModelEvent, Output, Report, Setup,
    Timings, ToolWait,
};
use switchboard_realtime::ItemId;

use crate::scene::{Scene, asked, entries, held, hung_up, rendered, setup};

/// A tool called `tool` runs; the caller's last word was half a second ago.
fn waiting(setup: Setup) -> Scene {
    let mut scene = Scene::answering_with(setup);
    scene.calls("r1", "c1");
    scene.done("r1", None, Ended::Completed);
    scene
}

/// The phrase that the model is asked to say in the conversation.
fn asked_to_say(outputs: &[Output]) -> Option<(switchboard_conversation::RequestId, String)> {
    outputs.iter().find_map(|output| match output {
        Output::Model(ModelCommand::Respond { request, say: Some(say), .. }) if !say.beside => {
            Some((*request, say.text.clone()))
        }
        _ => None,
    })
}

fn dead_air(outputs: &[Output]) -> usize {
    let counted = |output: &&Output| matches!(output, Output::Report(Report::DeadAir { .. }));
    outputs.iter().filter(counted).count()
}

#[test]
fn a_tool_that_takes_eight_seconds_leaves_no_long_silence() {
    let mut scene = waiting(rendered());
    let (mut silence, mut longest, mut phrases) = (500, 500, Vec::new());
    for _ in 0..80 {
        let played = held(&scene.pass(100));
        silence = if played.is_empty() { silence + 100 } else { -1_000 };
        longest = longest.max(silence);
        phrases.extend(played.into_iter().map(|(_, text)| text));
    }

    assert!(longest <= 2_500, "{longest} ms");
    assert!(phrases.len() >= 2 && phrases.windows(2).all(|pair| pair[0] != pair[1]), "{phrases:?}");
}

#[test]
fn a_tool_that_answers_in_a_second_and_a_half_gets_no_phrase() {
    let mut scene = waiting(rendered());

    let mut outputs = scene.pass(1_500);
    outputs.extend(scene.answered("c1", Effect::Tell));
    let request = asked(&outputs).unwrap().0;
    scene.created("r2", Some(request));
    outputs.extend(scene.pass(100));
    scene.says("r2", "i2", "Done.", 800);
    outputs.extend(scene.done("r2", Some(request), Ended::Completed));
    outputs.extend(scene.pass(5_000));

    assert_eq!(held(&outputs), []);
    assert_eq!(dead_air(&outputs), 0);
}

#[test]
fn a_tool_that_is_usually_slow_gets_its_own_phrase_soon() {
    let mut setup = rendered();
    let phrases = vec!["Let me put that through.".to_owned()];
    let usual = Some(Duration::from_secs(4));
    let wait = ToolWait { phrases: phrases.clone(), usual, after: None };
    setup.agents[0].waits.insert("tool".to_owned(), wait);
    setup.rendered.insert(phrases[0].clone(), Duration::from_secs(1));
    let mut scene = waiting(setup);

    assert_eq!(held(&scene.pass(499)), [], "the caller has just stopped speaking");
    assert_eq!(held(&scene.pass(1))[0].1, phrases[0]);
}

#[test]
fn a_phrase_said_by_the_model_pays_nothing_and_leaves_nothing_behind() {
    let mut scene = waiting(setup(false, true));
    let (request, _) = asked_to_say(&scene.pass(2_000)).unwrap();
    scene.created("phrase", Some(request));
    scene.says("phrase", "ip", "One moment.", 900);
    let mut outputs = scene.done("phrase", Some(request), Ended::Completed);
    outputs.extend(scene.answered("c1", Effect::Tell));
    assert!(asked(&outputs).is_some(), "the result is still owed");

    outputs.extend(scene.pass(1_000));

    let deleted = |output: &Output| matches!(output, Output::Model(ModelCommand::Delete { item, .. }) if item.as_str() == "ip");
    assert!(outputs.iter().any(deleted), "{outputs:#?}");
    assert!(
        scene
            .conversation
            .transcript()
            .entries()
            .all(|entry| !matches!(entry, Entry::Agent(text) if text == "One moment."))
    );
}

#[test]
fn a_phrase_that_has_long_to_go_makes_room_for_the_answer() {
    for (waited, cut) in [(200, false), (0, true)] {
        let mut setup = rendered();
        for length in setup.rendered.values_mut() {
            *length = Duration::from_millis(1_600);
        }
        let mut scene = waiting(setup);
        let item = held(&scene.pass(1_600))[0].0.clone();
        let generation = scene.generation;
        // Longer than the second that the scene's line says by itself.
        scene.input(Input::Played { item, length: Duration::from_millis(1_600), generation });
        scene.pass(waited);

        let outputs = scene.answered("c1", Effect::Tell);
        assert!(asked(&outputs).is_some());

        let cleared = outputs.iter().any(|output| matches!(output, Output::Clear { .. }));
        assert_eq!(cleared, cut, "{waited} ms in");
    }
}

#[test]
fn a_caller_who_speaks_silences_the_phrase_and_gets_no_other() {
    let mut scene = waiting(rendered());
    assert_eq!(held(&scene.pass(1_700)).len(), 1);

    let outputs = scene.model(ModelEvent::SpeechStarted { item: ItemId::new("u2") });

    assert!(outputs.iter().any(|output| matches!(output, Output::Clear { .. })));
    assert!(!outputs.iter().any(|output| matches!(output, Output::Model(_))), "it is no item");
    assert_eq!(held(&scene.pass(10_000)), []);
}

#[test]
fn what_is_there_is_told_instead_of_a_phrase() {
    let mut scene = Scene::answering_with(rendered());
    scene.calls("r1", "fast");
    scene.calls("r1", "slow");
    scene.done("r1", None, Ended::Completed);
    assert_eq!(asked(&scene.answered("fast", Effect::Tell)), None);

    let outputs = scene.pass(1_600);

    assert!(asked(&outputs).is_some());
    assert_eq!(held(&outputs), []);
}

#[test]
fn a_silence_without_a_phrase_is_counted_once() {
    let mut scene =
        Scene::answering_with(Setup { agents: setup(false, true).agents, ..setup(false, true) });

    let outputs = scene.pass(6_000);

    assert_eq!(dead_air(&outputs), 1, "the model is busy, and nothing has been rendered");
    let cause = |output: &Output| matches!(output, Output::Report(Report::DeadAir { cause }) if *cause == DEAD_AIR[1]);
    assert!(outputs.iter().any(cause));
}

#[test]
fn a_silent_caller_is_asked_twice_and_then_told_goodbye() {
    let mut setup = rendered();
    setup.timings = Timings::default();
    let mut scene = Scene::greeted_with(setup);
    for round in 0..3 {
        let outputs = scene.pass(16_000);
        let (request, tools) = asked(&outputs).unwrap_or_else(|| panic!("round {round}"));
        assert!(matches!(entries(&outputs)[..], [Entry::System(_)]), "{outputs:?}");
        assert_eq!(tools, round < 2, "a goodbye calls no tools");
        let response = format!("nudge_{round}");
        scene.created(&response, Some(request));
        scene.says(&response, &format!("in_{round}"), "Are you there?", 500);
        scene.done(&response, Some(request), Ended::Completed);
    }

    assert!(hung_up(&scene.pass(5_000)));
}

#[test]
fn nobody_is_asked_whether_they_are_there_while_they_wait_or_type() {
    let mut busy = waiting(Setup { timings: Timings::default(), ..rendered() });
    assert_eq!(asked(&busy.pass(30_000)), None);

    let mut typed = Scene::with(Setup { timings: Timings::default(), ..setup(true, true) });
    let request = asked(&typed.ready()).unwrap().0;
    typed.created("greeting", Some(request));
    typed.begins("greeting", "i0");
    typed.words("greeting", "i0", "Hello");
    typed.item_done("greeting", "i0");
    typed.done("greeting", Some(request), Ended::Completed);
    assert_eq!(asked(&typed.pass(60_000)), None);
}

#[test]
fn what_comes_late_enters_as_a_pair_and_is_told() {
    let mut scene = waiting(rendered());
    let request = asked(&scene.answered("c1", Effect::TellMoreLater)).unwrap().0;
    scene.created("r2", Some(request));
    scene.says("r2", "i2", "I am on it.", 800);
    scene.done("r2", Some(request), Ended::Completed);
    scene.pass(5_000);

    let outputs = scene.input(Input::Late {
        tool: "tool".to_owned(),
        arguments: "{}".to_owned(),
        output: "{\"status\":\"ok\"}".to_owned(),
    });

    let entries = entries(&outputs);
    assert!(
        matches!(&entries[..], [Entry::Call { call_id: call, .. }, Entry::Output { call_id, .. }] if call == call_id),
        "{entries:?}"
    );
    assert!(asked(&outputs).is_some());
}

#[test]
fn words_of_a_tool_are_said_in_the_conversation_where_the_server_does_nothing_beside_it() {
    let mut scene = waiting(rendered());
    let outputs = scene.input(Input::Say("Let me look.".to_owned()));
    let refused = outputs.iter().find_map(|output| match output {
        Output::Model(ModelCommand::Respond { event, say: Some(say), .. }) if say.beside => {
            Some(event.clone())
        }
        _ => None,
    });

    let outputs = scene.refused(Some(refused.unwrap()), "invalid_value");

    assert_eq!(asked_to_say(&outputs).unwrap().1, "Let me look.");
    assert!(
        !outputs.iter().any(|output| matches!(output, Output::Report(Report::Unexpected { .. })))
    );
}
