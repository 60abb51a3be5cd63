//! What went wrong once, or would on servers that say less than they should.

use std::time::Duration;

use switchboard_conversation::{Echo, Ended, Entry, Input, ModelCommand, ModelEvent, Output};
use switchboard_realtime::{CallId, ItemId, ResponseId};

use crate::scene::{Scene, apologised, asked, bye, failed, hung_up, to_billing};

#[test]
fn nobody_hangs_up_on_a_caller_who_has_just_begun_to_speak() {
    let mut scene = Scene::answering();
    scene.says("r1", "i1", "Goodbye!", 1_000);
    scene.calls("r1", "c1");
    scene.done("r1", None, Ended::Completed);
    scene.model(ModelEvent::SpeechStarted { item: ItemId::new("u2") });

    let mut outputs = scene.answered("c1", bye());
    outputs.extend(scene.model(ModelEvent::SpeechStopped));
    outputs.extend(scene.model(ModelEvent::Committed { item: ItemId::new("u2") }));
    scene.created("r2", None);
    scene.says("r2", "i2", "Of course.", 1_000);
    outputs.extend(scene.done("r2", None, Ended::Completed));
    outputs.extend(scene.pass(20_000));

    assert!(!hung_up(&outputs));
}

#[test]
fn a_goodbye_that_was_called_off_is_owed_no_longer() {
    let mut scene = Scene::new(true, true);
    let request = asked(&scene.ready()).unwrap().0;
    scene.created("r1", Some(request));
    scene.calls("r1", "c1");
    scene.done("r1", Some(request), Ended::Completed);
    let goodbye = asked(&scene.answered("c1", bye())).unwrap();
    assert!(!goodbye.1, "a goodbye calls no tools");
    scene.created("r2", Some(goodbye.0));

    scene.input(Input::Typed("wait, what do I owe?".to_owned()));
    let outputs = scene.done("r2", Some(goodbye.0), Ended::Cancelled);

    assert!(asked(&outputs).unwrap().1, "their turn may call tools");
}

#[test]
fn words_without_sound_pay_nothing_on_a_phone() {
    let mut scene = Scene::answering();
    scene.begins("r1", "i1");
    scene.words("r1", "i1", "Your balance is");
    scene.item_done("r1", "i1");
    scene.done("r1", None, failed("server_error"));

    assert!(asked(&scene.pass(2_000)).is_some(), "it is asked for again");
    let said = scene
        .conversation
        .transcript()
        .entries()
        .any(|entry| matches!(entry, Entry::Agent(text) if text.contains("balance")));
    assert!(!said, "nobody heard it");
}

#[test]
fn a_response_of_ours_that_comes_late_is_the_answer() {
    let mut scene = Scene::new(false, false);
    scene.ready();
    let request = asked(&scene.pass(400)).unwrap().0;
    assert!(asked(&scene.pass(3_000)).is_none(), "given up, in back-off");

    scene.created("r1", Some(request));
    scene.says("r1", "i1", "Good day!", 800);
    let mut outputs = scene.done("r1", Some(request), Ended::Completed);
    outputs.extend(scene.pass(10_000));

    assert!(asked(&outputs).is_none(), "and not asked for a second time");
}

#[test]
fn items_whose_end_is_never_told_end_with_their_response() {
    let mut scene = Scene::answering();
    scene.begins("r1", "i1");
    scene.words("r1", "i1", "Goodbye");
    scene.sound("r1", "i1", 800);
    scene.calls("r1", "c1");
    scene.answered("c1", bye());
    scene.done("r1", None, Ended::Completed);

    assert!(hung_up(&scene.pass(4_000)));
}

#[test]
fn audio_of_an_item_that_nobody_announced_can_be_interrupted() {
    let mut scene = Scene::answering();
    scene.sound("r1", "i1", 5_000);
    scene.done("r1", None, Ended::Completed);
    scene.pass(1_000);

    let outputs = scene.model(ModelEvent::SpeechStarted { item: ItemId::new("u2") });

    assert!(outputs.iter().any(|output| matches!(output, Output::Clear { .. })), "{outputs:?}");
    let heard = Duration::from_secs(1);
    assert!(outputs.iter().any(|output| matches!(output, Output::Model(ModelCommand::Truncate { heard: cut, .. }) if *cut == heard)));
}

#[test]
fn words_of_a_tools_own_wait_for_their_turn_and_give_way_to_the_caller() {
    let mut scene = Scene::answering();
    assert!(scene.input(Input::Say("One moment.".to_owned())).is_empty(), "a response runs");
    scene.says("r1", "i1", "Let me see.", 500);
    let outputs = scene.done("r1", None, Ended::Completed);
    let beside = outputs.iter().find_map(|output| match output {
        Output::Model(ModelCommand::Respond { request, say: Some(_), .. }) => Some(*request),
        _ => None,
    });
    let response = ResponseId::new("beside");
    scene.model(ModelEvent::ResponseCreated {
        response: response.clone(),
        request: beside,
        out_of_band: true,
    });
    scene.sound("beside", "i2", 3_000);

    let outputs = scene.model(ModelEvent::SpeechStarted { item: ItemId::new("u2") });

    assert!(outputs.contains(&Output::Drop(response.clone())), "{outputs:?}");
    assert!(outputs.iter().any(|output| matches!(output, Output::Model(ModelCommand::Cancel { response: of, .. }) if *of == response)));
    let cuts = outputs.iter().filter(|output| matches!(output, Output::Model(ModelCommand::Truncate { item, .. }) if item.as_str() == "i2"));
    assert_eq!(cuts.count(), 0, "it is no item of the conversation");
}

#[test]
fn a_rate_limit_of_a_day_is_told_at_once() {
    let mut scene = Scene::answering();
    scene.model(ModelEvent::RateLimits { reset: Duration::MAX });

    assert!(apologised(&scene.done("r1", None, failed("rate_limit_exceeded"))));
}

#[test]
fn what_is_typed_before_the_model_is_there_reaches_it() {
    let mut scene = Scene::new(true, true);
    assert!(
        !scene
            .input(Input::Typed("What do I owe?".to_owned()))
            .iter()
            .any(|output| matches!(output, Output::Model(_)))
    );

    let outputs = scene.ready();

    let words = Entry::Caller("What do I owe?".to_owned());
    assert!(outputs.iter().any(|output| matches!(output, Output::Model(ModelCommand::Create { entry, .. }) if *entry == words)));
    assert!(asked(&outputs).is_some());
}

#[test]
fn a_rollback_that_does_not_take_ends_the_call_instead_of_looping() {
    let mut scene = Scene::answering();
    scene.calls("r1", "c1");
    scene.answered("c1", to_billing());
    scene.done("r1", None, Ended::Completed);
    let both = Echo {
        tools: Some(vec!["tool_of_triage".into(), "tool_of_billing".into()]),
        ..Echo::default()
    };

    let outputs: Vec<_> =
        (0..20).flat_map(|_| scene.model(ModelEvent::Updated(both.clone()))).collect();

    let updates = outputs.iter().filter(|output| matches!(output, Output::Update { .. })).count();
    assert_eq!(updates, 1, "triage is sent again once");
    assert!(apologised(&outputs));
}

#[test]
fn shutting_down_silences_the_line_before_the_apology() {
    let mut scene = Scene::answering();
    scene.begins("r1", "i1");
    scene.words("r1", "i1", "a long story");
    scene.sound("r1", "i1", 15_000);

    let outputs = scene.input(Input::Shutdown);

    let clear = outputs.iter().position(|output| matches!(output, Output::Clear { .. })).unwrap();
    let sorry =
        outputs.iter().position(|output| matches!(output, Output::Apologise { .. })).unwrap();
    assert!(clear < sorry);
    let (item, generation) = match &outputs[sorry] {
        Output::Apologise { item, generation } => (item.clone(), *generation),
        _ => unreachable!("it is the apology"),
    };
    scene.input(Input::Played { item, length: Duration::from_secs(5), generation });
    assert!(hung_up(&scene.pass(7_500)));
}

#[test]
fn a_lost_end_of_a_response_costs_no_healthy_call() {
    for named in [true, false] {
        let mut scene = Scene::answering();
        scene.says("r1", "i1", "Nine to five.", 1_000);
        let outputs = scene.pass(8_100);
        let cancel = outputs.iter().find_map(|output| match output {
            Output::Model(ModelCommand::Cancel { event, .. }) => Some(event.clone()),
            _ => None,
        });
        let mut outputs = scene.refused(cancel.filter(|_| named), "response_cancel_not_active");
        outputs.extend(scene.pass(30_000));

        assert!(!apologised(&outputs) && asked(&outputs).is_none(), "it was said: {outputs:?}");
        assert!(!scene.conversation.is_owing());
    }
}

#[test]
fn a_response_whose_end_got_lost_leaves_no_debt_behind() {
    let mut scene = Scene::answering();
    scene.turn("u2");
    scene.created("r2", None);
    scene.says("r2", "i2", "Nine to five.", 1_000);
    scene.done("r2", None, Ended::Completed);
    scene.pass(5_000);

    assert!(!scene.conversation.is_owing());
}

#[test]
fn what_was_heard_before_a_response_broke_off_was_the_answer() {
    let mut scene = Scene::answering();
    scene.begins("r1", "i1");
    scene.words("r1", "i1", "six seconds of answer");
    scene.sound("r1", "i1", 6_000);
    scene.pass(8_100);
    let mut outputs = scene.done("r1", None, Ended::Cancelled);
    outputs.extend(scene.pass(10_000));

    assert!(asked(&outputs).is_none());
}

#[test]
fn half_written_arguments_after_the_end_are_not_run() {
    let mut scene = Scene::answering();
    scene.model(ModelEvent::SpeechStarted { item: ItemId::new("u2") });
    scene.done("r1", None, Ended::Cancelled);

    let outputs = scene.model(ModelEvent::ArgumentsDone {
        response: ResponseId::new("r1"),
        item: ItemId::new("i1"),
        call_id: CallId::new("c1"),
        name: Some("pay".to_owned()),
        arguments: "{\"am".to_owned(),
    });

    assert!(!outputs.iter().any(|output| matches!(output, Output::Dispatch { .. })));
}

#[test]
fn audio_whose_mark_is_not_back_yet_is_cleared() {
    let mut scene = Scene::greeted();

    let outputs = scene.model(ModelEvent::SpeechStarted { item: ItemId::new("u1") });

    assert!(
        outputs.iter().any(|output| matches!(output, Output::Clear { .. })),
        "the line may lag behind the clock"
    );
}

#[test]
fn a_model_that_is_never_reached_ends_the_call() {
    let mut scene = Scene::new(false, true);

    assert!(apologised(&scene.pass(9_000)));
}
