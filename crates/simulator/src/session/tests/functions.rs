//! Function calls and their outputs (point 10).

use super::*;

fn call_id(events: &[Value]) -> String {
    one(events, "response.function_call_arguments.done")["call_id"].as_str().unwrap().to_owned()
}

fn output(desk: &mut Desk, call_id: &str, output: &str) -> Vec<Value> {
    let item = json!({"type": "function_call_output", "call_id": call_id, "output": output});
    desk.send(&json!({"type": "conversation.item.create", "item": item}))
}

#[test]
fn a_call_has_the_events_of_one() {
    let arguments = r#"{"account":"123456","note":"the caller wants to know"}"#;
    let mut desk = Desk::new([vec![call("get_balance", arguments)]]);
    desk.take();
    let mut events = desk.respond();
    events.extend(desk.wait(2_000));
    let mut order = kinds(&events);
    order.dedup();
    assert_eq!(
        order,
        [
            "response.created",
            "response.output_item.added",
            "conversation.item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "conversation.item.done",
            "response.done",
            "rate_limits.updated",
        ]
    );
    let added = &one(&events, "response.output_item.added")["item"];
    assert_eq!(
        (&added["name"], &added["arguments"], &added["status"]),
        (&json!("get_balance"), &json!(""), &json!("in_progress"))
    );
    let done = one(&events, "response.function_call_arguments.done");
    assert_eq!((&done["name"], &done["arguments"]), (&json!("get_balance"), &json!(arguments)));
    let response = &one(&events, "response.done")["response"];
    assert_eq!(response["output"][0]["call_id"], done["call_id"]);
    assert_eq!(response["output"][0]["status"], "completed");
    assert!(done["call_id"].as_str().unwrap().len() <= 32);
}

#[test]
fn the_model_goes_on_while_a_call_has_no_output_and_takes_a_late_one() {
    let mut desk =
        Desk::new([vec![call("get_balance", "{}")], say("Still waiting."), say("Four euros.")]);
    desk.take();
    desk.respond();
    let id = call_id(&desk.wait(1_000));

    desk.type_in("Are you there?");
    desk.respond();
    let events = desk.wait(200);
    assert!(of(&events, "error").is_empty());
    let waiting = Said::Call {
        call_id: id.clone(),
        name: "get_balance".to_owned(),
        arguments: "{}".to_owned(),
    };
    assert_eq!(desk.shown(), [waiting.clone(), Said::User("Are you there?".to_owned())]);

    let events = output(&mut desk, &id, "4");
    assert_eq!(
        kinds(&events),
        ["conversation.item.added", "conversation.item.done"],
        "accepted during a response"
    );
    desk.wait(3_000);
    desk.respond();
    let events = desk.wait(3_000);
    one(&events, "response.done");
    assert_eq!(desk.shown().last(), Some(&Said::Output { call_id: id, output: "4".to_owned() }));
}

#[test]
fn an_output_alone_does_not_make_the_model_speak() {
    let mut desk = Desk::new([vec![call("a", "{}")], say("Done.")]);
    desk.respond();
    let id = call_id(&desk.wait(1_000));
    output(&mut desk, &id, "");
    assert!(desk.wait(5_000).is_empty());
}

#[test]
fn a_call_whose_item_was_deleted_takes_no_output() {
    let mut desk = Desk::new([vec![call("a", "{}")]]);
    desk.respond();
    let events = desk.wait(1_000);
    let item = &one(&events, "response.output_item.done")["item"]["id"];
    desk.send(&json!({"type": "conversation.item.delete", "item_id": item}));
    let id = call_id(&events);
    assert_eq!(refused(&output(&mut desk, &id, "")), "invalid_tool_call_id");
}

#[test]
fn a_call_that_was_cancelled_half_way_is_incomplete() {
    let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(2_000));
    let mut desk = Desk::new([vec![call("a", &long)]]);
    desk.respond();
    desk.wait(250);
    let events = desk.send(&json!({"type": "response.cancel"}));
    assert!(of(&events, "response.function_call_arguments.done").is_empty());
    assert_eq!(one(&events, "response.output_item.done")["item"]["status"], "incomplete");
    desk.respond();
    desk.wait(1_000);
    assert_eq!(desk.shown(), []);
}
