//! Tools that look as if they only read, and do not say so.

use crate::tool::Tool;
use crate::{Profile, Roster, Warning};

/// How the descriptions of such tools begin.
const VERBS: [&str; 8] = ["fetch", "find", "get", "list", "look", "retrieve", "show", "tell"];

/// Looks at an agent's own tools. Those that find out who calls are known to change what is known about the caller.
pub(super) fn look_at<A>(profile: &Profile, roster: &Roster<A>, found: &mut Vec<Warning>) {
    let team = roster.team();
    let who_calls = [team.identified_by(), team.verified_by()];
    for tool in roster.tools(profile.id) {
        let is_own = profile.modifiers.contains_key(tool.name());
        let may_change = who_calls.contains(&Some(tool.name())) || tool.may_hand_off();
        if is_own
            && !may_change
            && !says_so(tool)
            && begins_like_a_read(&tool.definition().description)
        {
            found.push(Warning::LooksLikeARead { agent: profile.id, tool: tool.name().to_owned() });
        }
    }
}

/// Whether something was said that tells a read from an effect.
fn says_so<A>(tool: &Tool<A>) -> bool {
    let said = tool.modifiers();
    said.read_only || said.confirm.is_some() || said.window.is_some()
}

fn begins_like_a_read(description: &str) -> bool {
    let verb = description.split_whitespace().next().unwrap_or_default().to_lowercase();
    let verb = verb.trim_matches(|c: char| !c.is_alphabetic());
    VERBS.contains(&verb) || verb.strip_suffix('s').is_some_and(|verb| VERBS.contains(&verb))
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::BILLING;
    use crate::prelude::*;

    /// Looks up one invoice.
    #[derive(Deserialize, JsonSchema)]
    struct FindInvoice {}
    async fn find_invoice(_: FindInvoice) {}

    /// Pay an invoice.
    #[derive(Deserialize, JsonSchema)]
    struct PayInvoice {}
    async fn pay_invoice(_: PayInvoice) {}

    fn told(roster: &Roster<()>) -> usize {
        let told = roster.warnings().into_iter().map(|warning| warning.to_string());
        told.filter(|told| told.starts_with("`find_invoice` of agent `billing` seems only to read"))
            .count()
    }

    fn roster(agent: Agent<()>) -> Roster<()> {
        Roster::new([agent.instructions("Help.").tool(pay_invoice)]).unwrap()
    }

    #[test]
    fn a_look_up_that_does_not_say_so_is_told() {
        assert_eq!(told(&roster(Agent::new(BILLING).tool(find_invoice.idempotent()))), 1);
    }

    #[test]
    fn what_says_so_or_finds_out_who_calls_is_not() {
        assert_eq!(told(&roster(Agent::new(BILLING).tool(find_invoice.read_only()))), 0);
        assert_eq!(told(&roster(Agent::new(BILLING).tool(find_invoice.window(Duration::ZERO)))), 0);
        let who_calls = roster(Agent::new(BILLING).tool(find_invoice));
        assert_eq!(told(&who_calls.identified_by("find_invoice").unwrap()), 0);
    }
}
