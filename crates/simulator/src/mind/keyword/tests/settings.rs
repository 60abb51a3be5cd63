//! What a response is told to do: its own instructions, and its tool choice.

use super::super::KeywordMind;
use super::trades::{now, provider};
use crate::mind::{Act, Mind, Said, Tool, ToolChoice, Turn};

fn turn<'a>(
    tools: &'a [Tool],
    choice: &'a ToolChoice,
    items: &'a [Said],
    own: Option<&'a str>,
) -> Turn<'a> {
    Turn {
        instructions: "",
        tools,
        tool_choice: choice,
        items,
        response_instructions: own,
        parallel_tool_calls: false,
        out_of_band: false,
        now: now(),
    }
}

#[test]
fn a_response_s_own_instructions_are_obeyed() {
    let items = [Said::User("What is my balance?".to_owned())];
    let acts = KeywordMind::new(1).respond(&turn(
        &[],
        &ToolChoice::None,
        &items,
        Some("Say exactly: one moment please"),
    ));
    assert_eq!(acts, [Act::Say("one moment please".to_owned())]);
}

#[test]
fn tool_choice_is_obeyed() {
    let tools = provider().remove(1).tools;
    let items = [Said::User("What is my balance?".to_owned())];
    let mut mind = KeywordMind::new(1);
    let acts = mind.respond(&turn(&tools, &ToolChoice::None, &items, None));
    assert!(matches!(&acts[..], [Act::Say(_)]), "{acts:?}");

    let forced = ToolChoice::Function("pay_invoice".to_owned());
    let acts = KeywordMind::new(1).respond(&turn(&tools, &forced, &items, None));
    let [.., Act::Call { name, arguments }] = &acts[..] else { panic!("{acts:?}") };
    assert_eq!(
        (name.as_str(), arguments.as_str()),
        ("pay_invoice", r#"{"invoice_number":"INV-1042"}"#)
    );

    let items = [Said::User("xyzzy".to_owned())];
    let acts = KeywordMind::new(1).respond(&turn(&tools, &ToolChoice::Required, &items, None));
    assert!(acts.iter().any(|act| matches!(act, Act::Call { .. })), "{acts:?}");
}
