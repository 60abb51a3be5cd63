//! The agents of a company, checked.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::tool::Tool;
use crate::{
    Agent, AgentId, Caller, FromRef, Mistake, Profile, RosterErrors, State, Team, Warning, builtin,
    check, lint, name,
};

/// The checked set of agents; the first answers calls. `A` is the application's state.
pub struct Roster<A> {
    team: Arc<Team>,
    /// The tools of each agent, in the order of the team and of its profiles.
    tools: Vec<Vec<Tool<A>>>,
    identify: Option<Identify<A>>,
    policies: Vec<(String, String)>,
}

/// Looks up who calls from a number.
type Identify<A> = Arc<dyn Fn(String, Arc<A>) -> IdentifyFuture + Send + Sync>;

/// A running look-up of a caller.
pub type IdentifyFuture = Pin<Box<dyn Future<Output = Option<Caller>> + Send>>;

impl<A: Send + Sync + 'static> Roster<A> {
    /// Checks the agents, of which the first answers calls.
    ///
    /// # Errors
    ///
    /// All mistakes there are, each with what to do about it:
    ///
    /// ```
    /// use switchboard_agent::prelude::*;
    ///
    /// let triage = AgentId::new("triage");
    /// let agent: Agent<()> = Agent::new(triage).handoff(AgentId::new("biling"), "The caller asks about money.");
    /// let errors = Roster::new([agent]).unwrap_err();
    /// assert_eq!(errors.mistakes().len(), 2); // no instructions, and nobody named `biling`
    /// ```
    pub fn new(agents: impl IntoIterator<Item = Agent<A>>) -> Result<Self, RosterErrors> {
        let agents: Vec<Agent<A>> = agents.into_iter().collect();
        let mistakes = check::mistakes(&agents);
        if !mistakes.is_empty() {
            return Err(RosterErrors(mistakes));
        }
        let (profiles, tools) = agents.into_iter().map(enlist).unzip();
        Ok(Self {
            team: Arc::new(Team::new(profiles)),
            tools,
            identify: None,
            policies: Vec::new(),
        })
    }

    /// Says how a caller is known by the number they call from (E.164, `+15550100`). Called once when a call begins, before the greeting:
    /// it should be quick. `None`: nobody we know. The number identifies, it proves nothing: leave `verified` off.
    ///
    /// ```
    /// # use switchboard_agent::prelude::*;
    /// # #[derive(Clone)]
    /// # struct App;
    /// # let agent: Agent<App> = Agent::new(AgentId::new("triage")).instructions("…");
    /// async fn by_number(number: String, app: State<App>) -> Option<Caller> {
    ///     # let _ = app;
    ///     (number == "+15550100").then(|| Caller::from_number(number).identified("C-1001", "Ann Lee"))
    /// }
    ///
    /// let roster = Roster::new([agent])?.identify_callers(by_number);
    /// # Ok::<(), RosterErrors>(())
    /// ```
    #[must_use]
    pub fn identify_callers<F, Looking, T>(mut self, identify: F) -> Self
    where
        F: Fn(String, State<T>) -> Looking + Send + Sync + 'static,
        Looking: Future<Output = Option<Caller>> + Send + 'static,
        T: FromRef<A>,
    {
        let identify = Arc::new(identify);
        self.identify = Some(Arc::new(move |number, app| {
            let identify = Arc::clone(&identify);
            Box::pin(async move {
                let looking = identify(number, State(T::from_ref(&app)));
                looking.await
            })
        }));
        self
    }

    /// Names the tool that finds out which customer calls: what is said first to a caller whom nobody knows and who wants what only a
    /// customer may have.
    ///
    /// # Errors
    ///
    /// No agent has a tool of that name.
    ///
    /// ```
    /// use switchboard_agent::prelude::*;
    ///
    /// /// Find out who calls.
    /// #[derive(Deserialize, JsonSchema)]
    /// struct IdentifyCaller {}
    /// async fn identify_caller(_: IdentifyCaller) {}
    ///
    /// let triage: Agent<()> = Agent::new(AgentId::new("triage")).instructions("Help.").tool(identify_caller);
    /// let roster = Roster::new([triage])?.identified_by("identify_caller")?;
    /// assert_eq!(roster.team().identified_by(), Some("identify_caller"));
    /// assert!(roster.verified_by("verify_caler").is_err());
    /// # Ok::<(), RosterErrors>(())
    /// ```
    pub fn identified_by(mut self, tool: &str) -> Result<Self, RosterErrors> {
        let tool = self.own_tool("identified_by", tool)?;
        Arc::make_mut(&mut self.team).set_identified_by(tool);
        Ok(self)
    }

    /// Names the tool with which a caller proves to be the customer they are known as: what is said first to a caller who wants what only
    /// that customer may have.
    ///
    /// # Errors
    ///
    /// No agent has a tool of that name.
    pub fn verified_by(mut self, tool: &str) -> Result<Self, RosterErrors> {
        let tool = self.own_tool("verified_by", tool)?;
        Arc::make_mut(&mut self.team).set_verified_by(tool);
        Ok(self)
    }

    /// Checks that some agent has a tool of its own of this name.
    fn own_tool(&self, said: &'static str, tool: &str) -> Result<String, RosterErrors> {
        let names = || {
            let profiles = self.team.agents();
            profiles.flat_map(|profile| profile.modifiers.keys().map(String::as_str))
        };
        if names().any(|name| name == tool) {
            return Ok(tool.to_owned());
        }
        let hint = name::nearest(tool, names());
        let hint = hint.map(|name| format!(" (there is: {name})")).unwrap_or_default();
        Err(RosterErrors(vec![Mistake::UnknownTool { said, tool: tool.to_owned(), hint }]))
    }

    /// Brings the policies that say who may use which tool, in force unless the operator names files of their own. Each text has a
    /// name, by which mistakes in it are told:
    ///
    /// ```
    /// # use switchboard_agent::prelude::*;
    /// # let agent: Agent<()> = Agent::new(AgentId::new("triage")).instructions("…");
    /// const POLICIES: &str = r#"permit (principal, action in Action::"billing:read", resource) when { principal.identified };"#;
    /// let roster = Roster::new([agent])?.policies("company.cedar", POLICIES);
    /// # Ok::<(), RosterErrors>(())
    /// ```
    #[must_use]
    pub fn policies(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.policies.push((name.into(), text.into()));
        self
    }

    /// Starts to look up who calls from a number; `None` when the roster has no way to know.
    pub fn identify(&self, number: &str, app: &Arc<A>) -> Option<IdentifyFuture> {
        self.identify.as_ref().map(|identify| identify(number.to_owned(), Arc::clone(app)))
    }
}

impl<A> Roster<A> {
    /// The agents as plain data.
    pub fn team(&self) -> Arc<Team> {
        Arc::clone(&self.team)
    }

    /// The tools of an agent in wire order: its own, the transfers, the built-in ones. Empty for an agent that is not in the roster.
    pub fn tools(&self, agent: AgentId) -> &[Tool<A>] {
        let position = self.team.agents().position(|profile| profile.id == agent);
        position.map_or(&[], |position| &self.tools[position])
    }

    /// The names and texts of the policies it brings, as declared.
    pub fn policy_texts(&self) -> &[(String, String)] {
        &self.policies
    }

    /// What is no mistake, but makes agents worse: too many tools, long descriptions, ways that lead nowhere, words that have no effect.
    pub fn warnings(&self) -> Vec<Warning> {
        lint::warnings(self)
    }
}

/// Parts an agent into its plain data and its tools, both in wire order.
fn enlist<A: Send + Sync + 'static>(agent: Agent<A>) -> (Profile, Vec<Tool<A>>) {
    let modifiers =
        agent.tools.iter().map(|tool| (tool.name().to_owned(), tool.modifiers().clone())).collect();
    let (handoffs, transfers): (Vec<_>, Vec<_>) =
        agent.transfers.into_iter().map(|transfer| (transfer.edge, transfer.tool)).unzip();
    let tools: Vec<Tool<A>> =
        agent.tools.into_iter().chain(transfers).chain(builtin::tools()).collect();
    let secrets = tools
        .iter()
        .filter(|tool| !tool.secrets().is_empty())
        .map(|tool| (tool.name().to_owned(), tool.secrets().clone()))
        .collect();
    let profile = Profile {
        id: agent.id,
        instructions: agent.instructions,
        greeting: agent.greeting,
        holds: agent.holds,
        tools: tools.iter().map(|tool| tool.definition().clone()).collect(),
        modifiers,
        secrets,
        handoffs,
        settings: agent.settings,
    };
    (profile, tools)
}

impl<A> fmt::Debug for Roster<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Roster").field("tools", &self.tools).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    const TRIAGE: AgentId = AgentId::new("triage");
    const BILLING: AgentId = AgentId::new("billing");

    /// Look up one invoice.
    #[derive(Deserialize, JsonSchema)]
    struct FindInvoice {}
    async fn find_invoice(_: FindInvoice) {}

    /// Count the invoices.
    #[derive(Deserialize, JsonSchema)]
    struct CountInvoices {}
    async fn count_invoices(_: CountInvoices) {}

    fn roster() -> Roster<()> {
        let triage = Agent::new(TRIAGE)
            .instructions("Help.")
            .handoff(BILLING, "Money.")
            .tool(find_invoice.idempotent())
            .tool(count_invoices);
        Roster::new([triage, Agent::new(BILLING).instructions("Help.")]).unwrap()
    }

    #[test]
    fn tools_go_on_the_wire_as_declared_then_transfers_then_built_in_ones() {
        let roster = roster();
        let expected =
            ["find_invoice", "count_invoices", "transfer_to_billing", "stay_silent", "end_call"];
        assert_eq!(roster.tools(TRIAGE).iter().map(Tool::name).collect::<Vec<_>>(), expected);
        let team = roster.team();
        let definitions = &team.agent(TRIAGE).unwrap().tools;
        assert_eq!(definitions.iter().map(|tool| tool.name.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn two_rosters_of_the_same_agents_go_on_the_wire_the_same() {
        let written = |roster: &Roster<()>| serde_json::to_string(&*roster.team()).unwrap();
        assert_eq!(written(&roster()), written(&roster()));
    }

    #[test]
    fn the_first_agent_starts_and_the_team_knows_its_members() {
        let team = roster().team();
        assert_eq!(team.start(), TRIAGE);
        assert_eq!(team.agent_named("billing").unwrap().id, BILLING);
        assert!(team.agent_named("nobody").is_none());
        let triage = team.agent(TRIAGE).unwrap();
        assert_eq!(triage.own_tools(), 2);
        assert!(triage.modifiers["find_invoice"].idempotent);
        assert_eq!(triage.handoff_to(BILLING).unwrap().tool, "transfer_to_billing");
    }

    #[test]
    fn policies_are_kept_as_declared() {
        let roster = roster().policies("a.cedar", "permit").policies("b.cedar", "forbid");
        let texts = [("a.cedar".into(), "permit".into()), ("b.cedar".into(), "forbid".into())];
        assert_eq!(roster.policy_texts(), texts);
    }

    #[test]
    fn tools_that_identify_and_verify_are_the_rosters_own() {
        let roster = roster().identified_by("find_invoice").unwrap();
        let roster = roster.verified_by("count_invoices").unwrap();
        let team = roster.team();
        assert_eq!(team.identified_by(), Some("find_invoice"));
        assert_eq!(team.verified_by(), Some("count_invoices"));
        for wrong in ["find_invoce", "transfer_to_billing", "end_call"] {
            let told = roster.own_tool("verified_by", wrong).unwrap_err().to_string();
            assert!(
                told.contains(&format!(
                    "`.verified_by(\"{wrong}\")` names a tool that no agent has"
                )),
                "{told}"
            );
        }
        let told = roster.own_tool("verified_by", "find_invoce").unwrap_err().to_string();
        assert!(told.ends_with("(there is: find_invoice)"), "{told}");
    }

    #[test]
    fn an_agent_from_elsewhere_has_no_tools() {
        assert!(roster().tools(AgentId::new("nobody")).is_empty());
    }

    #[tokio::test]
    async fn a_caller_is_known_by_their_number() {
        async fn by_number(number: String, greeting: State<()>) -> Option<Caller> {
            let State(()) = greeting;
            (number == "+15550100").then(|| Caller::from_number(number).identified("C-1", "Ann"))
        }
        let roster = roster().identify_callers(by_number);
        let app = Arc::new(());
        let ann = roster.identify("+15550100", &app).unwrap().await;
        assert_eq!(ann.unwrap().name.as_deref(), Some("Ann"));
        assert_eq!(roster.identify("+15550199", &app).unwrap().await, None);
    }

    #[test]
    fn without_a_way_to_know_nobody_is_looked_up() {
        assert!(roster().identify("+15550100", &Arc::new(())).is_none());
    }
}
