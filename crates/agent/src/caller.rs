//! What is known about the caller.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// What is known about the caller at this moment. As a parameter of a tool it is a snapshot, taken when the tool starts.
///
/// *Identified* means that we know whose account this is about; *verified* means that the caller has proved to be that customer.
/// A telephone number identifies at best: it can be forged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Caller {
    /// The number they call from, in E.164 form (`+15550100`), when the line tells.
    pub number: Option<String>,
    /// Which customer this is, in the words of the company's own records (an account number, say).
    pub customer: Option<String>,
    /// What to call them.
    pub name: Option<String>,
    /// Whether they have proved to be that customer.
    pub verified: bool,
    /// The company they call, where one deployment answers for several.
    pub tenant: Option<String>,
    /// What they were granted beyond what every caller may, in the words of the policies.
    pub scopes: BTreeSet<String>,
    /// What agents have noted during the call, by key; an agent that takes over is told these.
    pub facts: BTreeMap<String, String>,
}

impl Caller {
    /// A caller of whom nothing is known.
    pub fn unknown() -> Self {
        Self::default()
    }

    /// A caller of whom only the number is known, in E.164 form.
    pub fn from_number(number: impl Into<String>) -> Self {
        Self { number: Some(number.into()), ..Self::default() }
    }

    /// Says which customer this is. Whoever was verified as somebody else, or was granted something, no longer is.
    #[must_use]
    pub fn identified(mut self, customer: impl Into<String>, name: impl Into<String>) -> Self {
        self.identify(customer.into(), name.into());
        self
    }

    /// Says that the caller has proved to be that customer.
    #[must_use]
    pub fn verified(mut self) -> Self {
        self.verified = true;
        self
    }

    /// Says which company they call.
    #[must_use]
    pub fn of_tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// Grants the caller something, in the words of the policies.
    ///
    /// ```
    /// # use switchboard_agent::prelude::*;
    /// let ann = Caller::from_number("+15550100").identified("C-1001", "Ann Lee").of_tenant("larkfield").with_scope("business");
    /// assert!(ann.scopes.contains("business"));
    /// ```
    #[must_use]
    pub fn with_scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.insert(scope.into());
        self
    }

    pub(crate) fn identify(&mut self, customer: String, name: String) {
        if self.customer.as_ref() != Some(&customer) {
            self.verified = false;
            self.scopes.clear();
        }
        self.customer = Some(customer);
        self.name = Some(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn becoming_another_customer_undoes_what_was_proved_and_granted() {
        let ann = Caller::unknown().identified("C-1", "Ann").verified();
        let ann = ann.with_scope("business").of_tenant("larkfield");
        let same = ann.clone().identified("C-1", "Ann Lee");
        assert!(same.verified && same.scopes.contains("business"), "the same customer keeps both");
        let other = ann.identified("C-2", "Bob");
        assert!(!other.verified && other.scopes.is_empty());
        assert_eq!(other.tenant.as_deref(), Some("larkfield"), "the company is the same");
    }
}
