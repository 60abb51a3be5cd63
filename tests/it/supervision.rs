//! Actors that die.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use harness::{App, Stage, roster};
use switchboard_agent::{Caller, Team};
use switchboard_gateway::{Answer, Gateway, Request, Tools};

const SECOND: Duration = Duration::from_secs(1);

/// Tools of which one takes the agent's actor down with it.
struct Deadly(Gateway<App>);

impl Tools for Deadly {
    fn answer(&self, request: Request) -> BoxFuture<'static, Answer> {
        assert!(request.tool != "get_business_hours", "this bug takes the actor down");
        self.0.answer(request)
    }

    fn identify(&self, number: Option<String>) -> BoxFuture<'static, Caller> {
        self.0.identify(number)
    }

    fn team(&self) -> &Arc<Team> {
        self.0.team()
    }
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_dies_has_its_open_calls_answered_and_is_started_again() {
    let gateway =
        Gateway::new(roster(), App::default()).unwrap().on(tokio::runtime::Handle::current());
    let mut stage = Stage::with_tools(Arc::new(Deadly(gateway)), App::default(), false).await;
    stage.greet().await;
    stage.asks("user_1", "Are you open?", "resp_1").await;
    let slow =
        stage.model.call("resp_1", "call_1", "wait_for_it", r#"{"milliseconds":5000}"#).await;
    let deadly = stage.model.call("resp_1", "call_2", "get_business_hours", "{}").await;
    stage.model.done("resp_1", "completed", &[slow, deadly]).await;

    let mut answers = Vec::new();
    for _ in 0..2 {
        let event = stage.model.expect("conversation.item.create").await;
        answers.push(event["item"]["output"].as_str().unwrap().to_owned());
    }
    assert!(answers.iter().all(|answer| answer.contains("internal_error")), "{answers:?}");
    stage.model.answer("resp_2", "Sorry, that did not work.", SECOND).await;
    stage.caller.hear("item_resp_2", SECOND).await;

    stage.asks("user_2", "Try something else.", "resp_3").await;
    let item = stage.model.call("resp_3", "call_3", "wait_for_it", r#"{"milliseconds":50}"#).await;
    stage.model.done("resp_3", "completed", &[item]).await;
    assert_eq!(
        stage.model.output("call_3").await["status"],
        "ok",
        "the next call has an actor again"
    );
}
