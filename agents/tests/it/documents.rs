//! Whatever a model writes as arguments for the demo's tools gets the right verdict.

use agents::company::zone;
use agents::{App, roster};
use jiff::civil::date;
use switchboard_gateway::{Gateway, documents};

/// How many documents are written for each tool.
const DOCUMENTS: usize = 1_000;

#[tokio::test]
async fn a_thousand_documents_for_every_tool_are_judged_rightly() {
    let now = date(2026, 11, 23).at(9, 30, 0, 0).to_zoned(zone()).unwrap();
    let gateway = Gateway::new(roster().unwrap(), App::for_tests(now).await.unwrap()).unwrap();
    let tools = roster().unwrap().team().agents().map(|agent| agent.tools.len()).sum::<usize>();

    let tally = documents::judge(&gateway, DOCUMENTS, 1);

    assert_eq!(tally.wrong, Vec::<String>::new());
    assert_eq!(tally.taken + tally.refused + tally.unclear, DOCUMENTS * tools);
    assert!(tally.taken > 100 * tools && tally.refused > 100 * tools, "{tally:?}");
    assert_eq!(tally.unclear, 0);
}
