//! The company's part of the checks: its agents, who may use their tools, and the data they work on.

use std::sync::Arc;

use switchboard_agent::RosterErrors;
use switchboard_store::{MemoryStore, Store};

use super::Finding;
use crate::cli::with_causes;
use crate::company::{Company, OpenError, ToolsError, own_tools};
use crate::database;
use crate::policies::{PoliciesError, PolicySource};
use crate::settings::{DatabaseUrl, Settings};

pub(super) fn agents(company: Result<&Company<'_>, &RosterErrors>) -> Vec<Finding> {
    match company {
        Err(errors) => {
            errors.mistakes().iter().map(|mistake| Finding::error(mistake.to_string())).collect()
        }
        Ok(company) => {
            let names: Vec<&str> =
                company.team().agents().map(|profile| profile.id.as_str()).collect();
            let mut findings = vec![Finding::good(format!("agents: {}", names.join(", ")))];
            findings.extend(
                company.warnings().iter().map(|warning| Finding::warning(warning.to_string())),
            );
            findings
        }
    }
}

/// Every mistake in the policies; or else what they leave out of reach.
pub(super) fn policies(settings: &Settings, company: &Company<'_>) -> Vec<Finding> {
    let terms = company.policies(settings);
    let (policies, texts) = match terms.load() {
        Ok(loaded) => loaded,
        Err(PoliciesError::Mistaken(errors)) => {
            return errors.errors().iter().map(|error| Finding::error(error.to_string())).collect();
        }
        Err(error) => return vec![Finding::error(with_causes(&error))],
    };
    let names: Vec<&str> = texts.iter().map(|(name, _)| name.as_str()).collect();
    let mut findings = vec![Finding::good(match terms.source {
        PolicySource::Application(_) if names.is_empty() => {
            "policies: none, so tools that require nothing are allowed, and no others".to_owned()
        }
        PolicySource::Application(_) => {
            format!("policies: {}, which came with the application", names.join(", "))
        }
        PolicySource::Files(_) => format!("policies: {}", names.join(", ")),
    })];
    findings.extend(policies.never_permitted().into_iter().map(|(agent, tool)| {
        Finding::warning(format!(
            "policies: no policy ever permits `{tool}` of `{agent}`: write one, or take its .requires(…) away"
        ))
    }));
    findings
}

/// Limits of tools that are not there; those that are out of range are mistakes of the configuration.
pub(super) fn limits(settings: &Settings, company: &Company<'_>) -> Option<Finding> {
    let known = settings.limits.validate_tools(&own_tools(company.team()));
    known.err().map(|error| Finding::error(error.to_string()))
}

/// The audit log's database. One that is there is opened; one that is not is not made just to look at it.
pub(super) async fn store(settings: &Settings) -> (Arc<dyn Store>, Finding) {
    let url = &settings.database.value;
    if matches!(url, DatabaseUrl::Sqlite(path) if !path.exists()) {
        let found = Finding::good(format!("database: {url}, which `serve` will make"));
        return (Arc::new(MemoryStore::new()), found);
    }
    match database::open(&settings.database).await {
        Ok(store) => (store, Finding::good(format!("database: opened {url}"))),
        Err(error) => (Arc::new(MemoryStore::new()), Finding::error(with_causes(&error))),
    }
}

/// The application. What [`policies`] and [`limits`] have found is not told again.
pub(super) async fn application(
    settings: &Settings,
    company: Company<'_>,
    store: Arc<dyn Store>,
) -> Option<Finding> {
    match company.open_on(store, settings).await {
        Ok(_) => Some(Finding::good(format!(
            "application: opened with {}",
            settings.database.value.of_company()
        ))),
        Err(OpenError::Tools(ToolsError::Policies(_) | ToolsError::Limits(_))) => None,
        Err(error) => Some(Finding::error(with_causes(&error))),
    }
}

#[cfg(test)]
mod tests {
    use switchboard_agent::{Agent, AgentId, Roster, ToolExt as _};
    use switchboard_gateway::ToolOverrides;

    use super::*;
    use crate::cli::check::Grade;
    use crate::testing::Scratch;

    /// Pay the bill.
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    struct PayBill {}

    async fn pay_bill(_: PayBill) {}

    fn company() -> Company<'static> {
        let host = Agent::new(AgentId::new("host"))
            .instructions("Greet the caller.")
            .tool(pay_bill.requires("billing:pay"));
        Company::new(Roster::new([host]), async |_| Ok::<_, std::io::Error>(())).unwrap()
    }

    fn with_policy(text: &str) -> Vec<Finding> {
        let scratch = Scratch::new();
        let policies_at = vec![scratch.write("a.cedar", text)].into();
        let settings = Settings { policies: policies_at, ..Settings::default() };
        policies(&settings, &company())
    }

    #[test]
    fn a_mistake_in_a_policy_is_told_with_its_place() {
        let findings =
            with_policy("permit (principal, action in Action::\"billing:pai\", resource);");
        assert_eq!(findings[0].grade, Grade::Error, "{findings:?}");
        assert!(findings[0].text.contains("a.cedar:1"), "{findings:?}");
    }

    #[test]
    fn a_tool_that_nobody_may_ever_use_is_remarked_upon() {
        let none = policies(&Settings::default(), &company());
        assert_eq!([none[0].grade, none[1].grade], [Grade::Good, Grade::Warning]);
        assert!(none[1].text.contains("`pay_bill` of `host`"), "{none:?}");
        let some = with_policy("permit (principal, action in Action::\"billing:pay\", resource);");
        assert_eq!(some.len(), 1, "{some:?}");
    }

    #[test]
    fn a_limit_of_no_tool_is_an_error() {
        let mut settings = Settings::default();
        assert_eq!(limits(&settings, &company()), None);
        settings.limits.tools.insert("pay_bil".to_owned(), ToolOverrides::default());
        let text = limits(&settings, &company()).unwrap().text;
        assert!(text.contains("`limits.tools.pay_bil`") && text.contains("pay_bill"), "{text}");
    }

    #[tokio::test]
    async fn looking_makes_no_database() {
        let scratch = Scratch::new();
        let file = scratch.path().join("x.db");
        let database = DatabaseUrl::Sqlite(file.clone()).into();
        let settings = Settings { database, ..Settings::default() };
        let (_, finding) = store(&settings).await;
        assert_eq!(finding.grade, Grade::Good);
        assert!(!file.exists());
        scratch.write(
            "x.db",
            "no database, but long enough to be taken for one: 0123456789 0123456789",
        );
        let (_, finding) = store(&settings).await;
        assert_eq!(finding.grade, Grade::Error);
        assert!(finding.text.contains("is not a SQLite database"), "{finding:?}");
    }
}
