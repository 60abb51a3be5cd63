//! The policies in force: read at the start, and again when their files change, all or nothing.
//!
//! The files are looked at every [`EVERY`]. What a change says is taken over once two readings shortly after each other agree: half
//! a file may well be a policy, too, and a laxer one. A set with a mistake is logged and recorded,
//! once, and changes nothing.

mod source;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use switchboard_agent::Team;
use switchboard_gateway::Operations;
use switchboard_policy::{Policies, PolicyErrors};
use tokio::sync::Mutex;
use tokio::time::{MissedTickBehavior, interval, sleep};

use crate::cli::with_causes;
use crate::settings::Settings;

pub(crate) use self::source::{PolicySource, Text, UnreadablePolicies};

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(2);
/// How long after a change they are read again, to see that nobody is still writing.
const SETTLE: Duration = Duration::from_millis(100);
/// Whose doing it is that the first policies are in force.
const START: &str = "the start";
/// Whose change it is when the files changed.
const WATCH: &str = "the policy files";

/// What decides who may use which tool, where it comes from and for whom.
#[derive(Debug, Clone)]
pub(crate) struct PolicyTerms {
    pub(crate) source: PolicySource,
    pub(crate) team: Arc<Team>,
    pub(crate) tenant: String,
}

/// Why policies cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PoliciesError {
    /// Their files cannot be read.
    #[error(transparent)]
    Unreadable(#[from] UnreadablePolicies),
    /// They have mistakes.
    #[error(transparent)]
    Mistaken(#[from] PolicyErrors),
}

impl PolicyTerms {
    /// The files of the settings, or else the texts that came with the application.
    pub(crate) fn new(settings: &Settings, team: Arc<Team>, application: &[Text]) -> Self {
        let source = PolicySource::new(&settings.policies.value, application);
        Self { source, team, tenant: settings.tenant.clone() }
    }

    /// Reads and checks the policies.
    pub(crate) fn load(&self) -> Result<(Policies, Vec<Text>), PoliciesError> {
        let texts = self.source.texts()?;
        Ok((self.check(&texts)?, texts))
    }

    fn check(&self, texts: &[Text]) -> Result<Policies, PolicyErrors> {
        Policies::parse(&self.team, &self.tenant, texts)
    }

    async fn read(&self) -> Reading {
        let source = self.source.clone();
        let reading = tokio::task::spawn_blocking(move || source.texts());
        let reading = reading.await.expect("reading files does not panic");
        reading.map_err(|error| with_causes(&error))
    }
}

/// The files' texts, or why there are none.
type Reading = Result<Vec<Text>, String>;

/// Why the policies were not replaced.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotReloaded {
    /// There is nothing to read again.
    #[error(
        "the policies in force came with the application and cannot change while it runs: \
         name files of your own with `policies` in the configuration, or --policies"
    )]
    BuiltIn,
    /// The files cannot be used as they are.
    #[error("the policies were not replaced, and those in force stay: {0}")]
    Unusable(String),
}

/// Keeps the policies in force those of the files.
pub(crate) struct PolicyKeeper {
    terms: PolicyTerms,
    operations: Arc<dyn Operations>,
    /// What was last seen, whether it could be used or not.
    seen: Mutex<Reading>,
    reloads: Family<Outcome, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

impl PolicyKeeper {
    /// Keeps these terms, of which `texts` are in force.
    pub(crate) fn new(
        terms: PolicyTerms,
        texts: Vec<Text>,
        operations: Arc<dyn Operations>,
    ) -> Self {
        Self { terms, operations, seen: Mutex::new(Ok(texts)), reloads: Family::default() }
    }

    /// Shows how often policies were replaced, or were not.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let help = "Policies read again, by whether they could be used";
        registry.register("switchboard_policy_reloads", help, self.reloads.clone());
        for outcome in [TAKEN, REFUSED] {
            self.reloads.get_or_create(&Outcome { outcome }).inc_by(0);
        }
    }

    /// Records which policies are in force, before anything runs.
    pub(crate) async fn record_start(&self) {
        self.operations.policies_loaded(START).await;
    }

    /// Looks at the files for ever, and takes over what they say. Ends at once where there are none.
    pub(crate) async fn watch(&self) {
        if matches!(self.terms.source, PolicySource::Application(_)) {
            return;
        }
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.look().await;
        }
    }

    /// Takes over what the files say if it is something new.
    async fn look(&self) {
        let mut seen = self.seen.lock().await;
        let mut reading = self.terms.read().await;
        if reading == *seen {
            return;
        }
        loop {
            sleep(SETTLE).await;
            let again = self.terms.read().await;
            if again == reading {
                break;
            }
            reading = again;
        }
        // Why it failed is in the log, and it fails again in the same way until the files change.
        let _ = self.take_over(&mut seen, reading, WATCH).await;
    }

    /// Reads the files now, whether they changed or not. Returns the digest of the policies that are in force from now on.
    pub(crate) async fn reload(&self, by: &str) -> Result<String, NotReloaded> {
        if matches!(self.terms.source, PolicySource::Application(_)) {
            return Err(NotReloaded::BuiltIn);
        }
        let mut seen = self.seen.lock().await;
        let reading = self.terms.read().await;
        self.take_over(&mut seen, reading, by).await
    }

    async fn take_over(
        &self,
        seen: &mut Reading,
        reading: Reading,
        by: &str,
    ) -> Result<String, NotReloaded> {
        let taken = self.try_take_over(&reading, by).await;
        let outcome = match &taken {
            Ok(_) => TAKEN,
            Err(error) => {
                tracing::error!(by, "{}", with_causes(error));
                REFUSED
            }
        };
        self.reloads.get_or_create(&Outcome { outcome }).inc();
        *seen = reading;
        taken
    }

    async fn try_take_over(&self, reading: &Reading, by: &str) -> Result<String, NotReloaded> {
        let texts = match reading {
            Ok(texts) => texts,
            Err(unreadable) => return Err(self.unusable(by, unreadable, unreadable).await),
        };
        let policies = match self.terms.check(texts) {
            Ok(policies) => policies,
            Err(mistakes) => {
                let first = mistakes.errors().first().map(ToString::to_string).unwrap_or_default();
                return Err(self.unusable(by, &first, &mistakes.to_string()).await);
            }
        };
        let digest = policies.digest().to_owned();
        self.operations.reload_policies(policies, by).await;
        Ok(digest)
    }

    /// Records that what there is cannot be used; the first mistake will do for that.
    async fn unusable(&self, by: &str, first: &str, all: &str) -> NotReloaded {
        self.operations.policies_refused(by, first).await;
        NotReloaded::Unusable(all.to_owned())
    }
}

impl fmt::Debug for PolicyKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyKeeper").field("source", &self.terms.source).finish_non_exhaustive()
    }
}

/// The label of policies that were taken over.
const TAKEN: &str = "taken";
/// The label of policies that were not.
const REFUSED: &str = "refused";

#[cfg(test)]
mod tests {
    use std::path::Path;

    use switchboard_store::{AuditFilter, AuditKind};

    use super::*;
    use crate::company::Opened;
    use crate::testing::{Scratch, opened};

    const GOOD: &str = "permit (principal, action, resource);";
    const OTHER: &str = "permit (principal, action, resource) when { principal.verified };";
    const BROKEN: &str = "permit (principal, action, resource";

    fn opened_with(policies: &Path) -> Opened {
        opened(|settings| settings.policies = vec![policies.to_owned()].into())
    }

    /// What was recorded of policies, each with whose doing it was.
    async fn rows(opened: &Opened) -> Vec<(String, String)> {
        let filter = AuditFilter { kind: Some(AuditKind::PolicyReload), ..AuditFilter::default() };
        let rows = opened.store.audit(filter).await.unwrap();
        rows.into_iter().map(|row| (row.entry.decision, row.entry.by.unwrap())).collect()
    }

    async fn recorded(opened: &Opened) -> usize {
        rows(opened).await.len()
    }

    fn counted(opened: &Opened) -> [u64; 2] {
        [TAKEN, REFUSED]
            .map(|outcome| opened.policies.reloads.get_or_create(&Outcome { outcome }).get())
    }

    #[tokio::test]
    async fn a_change_is_taken_over_once() {
        let scratch = Scratch::new();
        let opened = opened_with(&scratch.write("a.cedar", GOOD));
        opened.policies.look().await;
        assert_eq!(recorded(&opened).await, 0, "nothing has changed");
        scratch.write("a.cedar", OTHER);
        opened.policies.look().await;
        opened.policies.look().await;
        assert_eq!((recorded(&opened).await, counted(&opened)), (1, [1, 0]));
    }

    #[tokio::test]
    async fn a_broken_set_changes_nothing_and_is_told_once() {
        let scratch = Scratch::new();
        let file = scratch.write("a.cedar", GOOD);
        let opened = opened_with(&file);
        scratch.write("a.cedar", BROKEN);
        opened.policies.look().await;
        opened.policies.look().await;
        assert_eq!((recorded(&opened).await, counted(&opened)), (1, [0, 1]));
        let error = opened.policies.reload("ann").await.unwrap_err().to_string();
        assert!(error.contains("those in force stay") && error.contains("a.cedar"), "{error}");
        std::fs::remove_file(file).unwrap();
        opened.policies.look().await;
        assert_eq!(counted(&opened), [0, 3], "a file that is gone is no policy");
        scratch.write("a.cedar", GOOD);
        opened.policies.look().await;
        assert_eq!(counted(&opened), [1, 3]);
    }

    #[tokio::test]
    async fn a_reload_is_made_at_once_and_says_what_is_in_force() {
        let scratch = Scratch::new();
        let opened = opened_with(&scratch.write("a.cedar", GOOD));
        let first = opened.policies.reload("ann").await.unwrap();
        scratch.write("a.cedar", OTHER);
        assert_ne!(opened.policies.reload("ann").await.unwrap(), first);
        opened.policies.look().await;
        assert_eq!(recorded(&opened).await, 2, "what was reloaded by hand is no change any more");
    }

    #[tokio::test]
    async fn what_is_in_force_at_the_start_and_what_was_refused_are_recorded() {
        let scratch = Scratch::new();
        let opened = opened_with(&scratch.write("a.cedar", GOOD));
        opened.policies.record_start().await;
        scratch.write("a.cedar", BROKEN);
        opened.policies.look().await;
        opened.policies.reload("ann").await.unwrap_err();
        let recorded = [("loaded", START), ("refused", WATCH), ("refused", "ann")];
        let recorded = recorded.map(|(decision, by)| (decision.to_owned(), by.to_owned()));
        assert_eq!(rows(&opened).await, recorded);
    }

    #[tokio::test]
    async fn what_came_with_the_application_is_not_reloaded() {
        let opened = opened(|_| ());
        let error = opened.policies.reload("ann").await.unwrap_err();
        assert!(matches!(error, NotReloaded::BuiltIn), "{error}");
        opened.policies.watch().await;
    }

    #[test]
    fn policies_that_cannot_be_used_are_told_before_anything_runs() {
        let scratch = Scratch::new();
        let policies = vec![scratch.write("a.cedar", BROKEN)].into();
        let settings = Settings { policies, ..Settings::default() };
        let team = crate::testing::roster().team();
        let error = PolicyTerms::new(&settings, team, &[]).load().unwrap_err().to_string();
        assert!(error.contains("a.cedar"), "{error}");
    }
}
