//! The checked set of policies.

use std::path::PathBuf;
use std::sync::Arc;

use cedar_policy::{PolicyId, PolicySet, Schema};
use switchboard_agent::{AgentId, Team};

use crate::court::Court;
use crate::error::{PolicyError, PolicyErrors};
use crate::question::{Decision, Question};
use crate::source::Source;
use crate::vocabulary::Vocabulary;
use crate::{check, rules, schema, source};

/// A checked set of policies, together with the built-in ones. Cheap to clone.
///
/// ```
/// use serde_json::json;
/// use switchboard_agent::prelude::*;
/// use switchboard_policy::{Decision, Policies, Question};
///
/// const BILLING: AgentId = AgentId::new("billing");
///
/// /// Pay an invoice.
/// #[derive(Deserialize, JsonSchema)]
/// struct MakePayment {
///     /// How much, in cents.
///     cents: u32,
/// }
/// async fn make_payment(_: MakePayment) {}
///
/// let billing: Agent<()> =
///     Agent::new(BILLING).instructions("Bill.").tool(make_payment.requires("billing:pay"));
/// let team = Roster::new([billing])?.team();
/// let text = r#"permit (principal, action in Action::"billing:pay", resource) when { principal.verified };"#;
/// let policies = Policies::parse(&team, "larkfield", &[("billing.cedar".into(), text.into())])?;
///
/// let ann = Caller::unknown().identified("C-1001", "Ann Lee");
/// let arguments = json!({ "cents": 1200 });
/// let question =
///     Question { caller: &ann, agent: BILLING, tool: "make_payment", arguments: &arguments, approved: false };
/// assert_eq!(policies.decide(&question), Decision::VerificationRequired);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Policies(Arc<Checked>);

#[derive(Debug)]
struct Checked {
    court: Court,
    digest: String,
}

/// The policies that are always there. What is refused here no file can permit.
const BUILT_IN: &str = r#"
@id("switchboard:open")
permit (principal, action in Action::"switchboard:open", resource);

@id("switchboard:tenant")
forbid (principal, action, resource) unless { principal.tenant == resource.tenant };
"#;

impl Policies {
    /// The built-in policies alone: tools that require nothing are allowed, those that require something are not, and a caller of
    /// another tenant than the deployment's may use none.
    pub fn built_in(team: &Team, tenant: &str) -> Self {
        let court = Court::new(&Vocabulary::of(team), tenant, &built_in());
        Self(Arc::new(Checked { court, digest: "built-in".to_owned() }))
    }

    /// Reads and checks policy files, and directories of `*.cedar` files (not what is in directories below them). No files at all are
    /// [`built_in`](Self::built_in).
    ///
    /// # Errors
    ///
    /// Every mistake there is, in all files; then nothing is loaded. A missing file, an empty directory and a file without policies are
    /// mistakes, too: half-written files must not switch off what a policy forbids.
    pub fn load(team: &Team, tenant: &str, files: &[PathBuf]) -> Result<Self, PolicyErrors> {
        let (sources, unread) = source::read(files);
        Self::check(team, tenant, &sources, unread)
    }

    /// Checks policies that are text already: pairs of a name, by which mistakes are told, and the text.
    ///
    /// # Errors
    ///
    /// As those of [`load`](Self::load).
    pub fn parse(
        team: &Team,
        tenant: &str,
        sources: &[(String, String)],
    ) -> Result<Self, PolicyErrors> {
        let sources: Vec<Source> =
            sources.iter().map(|(name, text)| Source::new(name.clone(), text.clone())).collect();
        Self::check(team, tenant, &sources, Vec::new())
    }

    fn check(
        team: &Team,
        tenant: &str,
        sources: &[Source],
        mut errors: Vec<PolicyError>,
    ) -> Result<Self, PolicyErrors> {
        if sources.is_empty() && errors.is_empty() {
            return Ok(Self::built_in(team, tenant));
        }
        let vocabulary = Vocabulary::of(team);
        let mut policies = built_in();
        let (rules, unparsed) = rules::parse(sources, &policies);
        errors.extend(unparsed);
        errors.extend(check::check(&rules, &vocabulary, checked_schema(&vocabulary)));
        PolicyErrors::none_or(errors)?;
        for rule in rules {
            policies.add(rule.policy).expect("each has a name of its own");
        }
        let court = Court::new(&vocabulary, tenant, &policies);
        Ok(Self(Arc::new(Checked { court, digest: source::digest(sources) })))
    }

    /// A short hash of the texts, for the audit log: the same for the same policies.
    pub fn digest(&self) -> &str {
        &self.0.digest
    }

    /// The tools that no policy ever permits, with the agents that have them: they are out of every caller's reach.
    pub fn never_permitted(&self) -> Vec<(AgentId, String)> {
        self.0.court.never_permitted()
    }

    /// Answers a question, without input or output. What goes wrong in a policy (a sum that is too large, say) is a no, and logged.
    pub fn decide(&self, question: &Question<'_>) -> Decision {
        self.0.court.decide(question)
    }
}

fn built_in() -> PolicySet {
    let policies: PolicySet = BUILT_IN.parse().expect("the built-in policies are well formed");
    let named = policies.policies().map(|policy| {
        let id = policy.annotation("id").unwrap_or_default();
        policy.new_id(PolicyId::new(id))
    });
    PolicySet::from_policies(named).expect("they have different names")
}

fn checked_schema(vocabulary: &Vocabulary) -> Schema {
    let (schema, _warnings) = Schema::from_cedarschema_str(&schema::of(vocabulary))
        .expect("what is written of a checked team is well formed");
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{mistakes, team};

    #[test]
    fn the_built_in_policies_pass_the_same_check_as_any() {
        let vocabulary = Vocabulary::of(&team());
        let sources = [Source::new("built-in".into(), BUILT_IN.into())];
        let (rules, unparsed) = rules::parse(&sources, &PolicySet::new());
        assert_eq!(rules.len(), 2);
        assert!(unparsed.is_empty());
        let errors = check::check(&rules, &vocabulary, checked_schema(&vocabulary));
        assert!(errors.is_empty(), "{errors:?}");
    }

    #[test]
    fn no_files_are_the_built_in_policies() {
        assert_eq!(Policies::load(&team(), "larkfield", &[]).unwrap().digest(), "built-in");
    }

    #[test]
    fn a_missing_file_is_named() {
        let path = PathBuf::from("no/such/billing.cedar");
        let errors = Policies::load(&team(), "larkfield", &[path]).unwrap_err();
        let text = errors.to_string();
        assert!(
            text.starts_with("the policies have a mistake: no/such/billing.cedar cannot be read"),
            "{text}"
        );
        assert!(text.contains("name a *.cedar file that is there"), "{text}");
    }

    #[test]
    fn mistakes_of_all_texts_are_told_in_order() {
        let texts = [("b", "permit (principal, action, resource"), ("a", "")];
        let texts = texts.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let errors = Policies::parse(&team(), "larkfield", &texts).unwrap_err();
        let files: Vec<&str> = errors.errors().iter().map(|error| error.file.as_str()).collect();
        assert_eq!(files, ["a", "b"]);
        assert!(
            errors.to_string().starts_with("the policies have 2 mistakes:\n  a has no policies"),
            "{errors}"
        );
    }

    #[test]
    fn names_are_unique_and_never_those_of_built_in_policies() {
        let twice = "@id(\"x\") forbid (principal, action, resource);\n  @id(\"x\") permit (principal, action, resource);";
        assert_eq!(
            mistakes(twice),
            [
                "t.cedar:2:3: there already is a policy named `x` (t.cedar:1:1): give this one another `@id`"
            ]
        );
        let ours = "@id(\"switchboard:open\") permit (principal, action, resource);";
        assert!(mistakes(ours)[0].contains("a built-in one"), "{:?}", mistakes(ours));
    }
}
