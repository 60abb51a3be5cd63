//! The handle to the running call that a tool gets.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Caller;

/// The call a tool runs in: lets the tool speak to the caller at once, and remember what it learnt about them.
///
/// A handle is cheap to clone, and all handles of one call share one record of the caller: what a tool notes, the next tool's
/// [`Caller`] has at once, also after a handoff. Nothing here waits: what the session has to carry out (speaking, say) is passed on
/// as a [`SessionEffect`].
///
/// A unit test makes its own, and reads what was said:
///
/// ```
/// use switchboard_agent::Session;
///
/// let session = Session::for_tests();
/// session.say("Let me look.");
/// session.identify("C-1001", "Ann Lee");
/// assert_eq!(session.said(), ["Let me look."]);
/// assert_eq!(session.caller().name.as_deref(), Some("Ann Lee"));
/// ```
#[derive(Clone)]
pub struct Session {
    shared: Arc<Shared>,
}

struct Shared {
    id: Arc<str>,
    caller: Mutex<Caller>,
    said: Option<Mutex<Vec<String>>>,
    effects: Box<dyn Fn(SessionEffect) + Send + Sync>,
}

/// What a tool asks the session to carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionEffect {
    /// Say this to the caller as soon as the floor is free, in the active agent's voice.
    Say(String),
    /// This is what is known about the caller from now on.
    CallerChanged(Caller),
}

impl Session {
    /// The handle of the phone call `id`, for whoever runs calls. `effects` is told what tools ask for, in order, on the tool's
    /// thread: it must not block, nor call back into the session.
    pub fn new(
        id: impl Into<Arc<str>>,
        caller: Caller,
        effects: impl Fn(SessionEffect) + Send + Sync + 'static,
    ) -> Self {
        Self::build(id.into(), caller, None, Box::new(effects))
    }

    /// A handle of no call: what tools ask for is forgotten.
    pub fn detached() -> Self {
        Self::build("detached".into(), Caller::unknown(), None, Box::new(|_| {}))
    }

    /// A handle of no call that keeps what was [said](Self::said), for unit tests of tools.
    pub fn for_tests() -> Self {
        Self::for_tests_with(Caller::unknown())
    }

    /// As [`for_tests`](Self::for_tests), with a caller of whom something is known.
    pub fn for_tests_with(caller: Caller) -> Self {
        Self::build("test".into(), caller, Some(Mutex::default()), Box::new(|_| {}))
    }

    fn build(
        id: Arc<str>,
        caller: Caller,
        said: Option<Mutex<Vec<String>>>,
        effects: Box<dyn Fn(SessionEffect) + Send + Sync>,
    ) -> Self {
        Self { shared: Arc::new(Shared { id, caller: Mutex::new(caller), said, effects }) }
    }

    /// The id of this phone call: the same through handoffs and after a reconnection.
    pub fn id(&self) -> &str {
        &self.shared.id
    }

    /// Says something to the caller as soon as the floor is free, while the tool goes on. Plain words, one or two sentences.
    pub fn say(&self, text: impl Into<String>) {
        let text = text.into();
        if let Some(said) = &self.shared.said {
            lock(said).push(text.clone());
        }
        (self.shared.effects)(SessionEffect::Say(text));
    }

    /// What was said so far, in order. Kept by handles made [for tests](Self::for_tests) only; others return nothing.
    pub fn said(&self) -> Vec<String> {
        self.shared.said.as_ref().map(|said| lock(said).clone()).unwrap_or_default()
    }

    /// What is known about the caller now.
    pub fn caller(&self) -> Caller {
        lock(&self.shared.caller).clone()
    }

    /// Records which customer this is, and what to call them. A caller who was verified as another customer no longer
    /// is, and loses what they were [granted](Self::grant).
    pub fn identify(&self, customer: impl Into<String>, name: impl Into<String>) {
        let (customer, name) = (customer.into(), name.into());
        self.change(|caller| caller.identify(customer, name));
    }

    /// Records that the caller has proved to be the customer they are [identified](Self::identify) as. Without a customer there is
    /// nothing to prove, and nothing changes.
    pub fn verify(&self) {
        self.change(|caller| caller.verified = caller.customer.is_some());
    }

    /// Grants the caller something for the rest of the call, in the words of the policies: [`Caller::scopes`].
    pub fn grant(&self, scope: impl Into<String>) {
        let scope = scope.into();
        self.change(|caller| {
            caller.scopes.insert(scope);
        });
    }

    /// Notes a fact about the caller or their wish, which every agent that takes over is told. The same key again replaces it.
    pub fn note(&self, key: impl Into<String>, fact: impl Into<String>) {
        let (key, fact) = (key.into(), fact.into());
        self.change(|caller| {
            caller.facts.insert(key, fact);
        });
    }

    fn change(&self, change: impl FnOnce(&mut Caller)) {
        let changed = {
            let mut caller = lock(&self.shared.caller);
            let before = caller.clone();
            change(&mut caller);
            (*caller != before).then(|| caller.clone())
        };
        if let Some(caller) = changed {
            (self.shared.effects)(SessionEffect::CallerChanged(caller));
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("id", &self.shared.id).finish_non_exhaustive()
    }
}

/// Locks, also after a panic elsewhere: the record holds plain values and is whole at every moment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording() -> (Session, Arc<Mutex<Vec<SessionEffect>>>) {
        let effects = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&effects);
        let session = Session::new("call-1", Caller::unknown(), move |effect| {
            sink.lock().unwrap().push(effect);
        });
        (session, effects)
    }

    #[test]
    fn what_one_handle_notes_another_sees_at_once() {
        let session = Session::detached();
        let other = session.clone();
        session.note("wish", "a morning appointment");
        assert_eq!(other.caller().facts["wish"], "a morning appointment");
    }

    #[test]
    fn the_session_is_told_what_to_carry_out() {
        let (session, effects) = recording();
        session.say("One moment.");
        session.identify("C-1", "Ann");
        session.verify();
        let effects = effects.lock().unwrap();
        assert_eq!(effects[0], SessionEffect::Say("One moment.".into()));
        let ann = Caller::unknown().identified("C-1", "Ann");
        assert_eq!(
            effects[1..],
            [
                SessionEffect::CallerChanged(ann.clone()),
                SessionEffect::CallerChanged(ann.verified())
            ]
        );
    }

    #[test]
    fn nothing_is_told_when_nothing_changed() {
        let (session, effects) = recording();
        session.identify("C-1", "Ann");
        session.identify("C-1", "Ann");
        assert_eq!(effects.lock().unwrap().len(), 1);
    }

    #[test]
    fn what_was_granted_is_gone_with_the_customer() {
        let session = Session::for_tests();
        session.identify("C-1", "Ann");
        session.grant("business");
        assert!(session.caller().scopes.contains("business"));
        session.identify("C-2", "Bob");
        assert!(session.caller().scopes.is_empty());
    }

    #[test]
    fn an_unidentified_caller_cannot_be_verified() {
        let session = Session::for_tests();
        session.verify();
        assert!(!session.caller().verified);
    }
}
