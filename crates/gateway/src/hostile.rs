//! Whatever a model writes as arguments gets a verdict, and nothing runs that should not.

use std::sync::atomic::Ordering;

use switchboard_agent::Session;

use crate::documents::{documents, fits, judge};
use crate::testing::{App, BILLING, Log, gateway, request, toolbox};
use crate::{Request, Tools};

#[tokio::test]
async fn a_thousand_documents_of_every_tool_are_judged_rightly() {
    let tally = judge(&gateway(&App::default()), 1_000, 1);
    assert_eq!(tally.wrong, Vec::<String>::new());
    assert!(tally.taken > 1_000 && tally.refused > 5_000 && tally.unclear == 0, "{tally:?}");
}

#[tokio::test]
async fn what_is_not_right_does_not_run_and_what_is_does() {
    Log::begin();
    let (app, toolbox) = (App::default(), toolbox());
    let gateway = gateway(&app);
    let tool = &toolbox.entry(BILLING, "pay_invoice").unwrap().tool;
    let mut right = 0;
    for (number, text) in documents(&tool.definition().parameters, 2).take(1_000).enumerate() {
        // Each on a phone call of its own, so that none repeats another.
        let session =
            Session::new(number.to_string(), switchboard_agent::Caller::unknown(), |_| {});
        let answer = gateway.answer(Request { session, ..request("pay_invoice", &text) }).await;
        assert!(answer.envelope.to_output().chars().count() <= crate::MAX_OUTPUT);
        let fits = fits(tool, &text).unwrap();
        right += usize::from(fits);
        let expected = if fits { "ok" } else { "invalid_arguments" };
        assert_eq!(answer.envelope.outcome(), expected, "{text}");
        assert_eq!(app.paid.load(Ordering::SeqCst), right, "{text}");
    }
    assert!(right > 100);
}
