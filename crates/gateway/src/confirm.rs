//! What the caller must say yes to: codes that stand for one wish that was read back to them.
//!
//! The first call of a tool that asks for it is answered with a code. Only a call of the same tool with the same arguments and that
//! code goes through, once, and only after the caller has had a turn: so the model cannot say yes for them.

use std::collections::VecDeque;
use std::time::Duration;

use switchboard_agent::IdempotencyKey;
use tokio::time::Instant;

use crate::code::random_code;
use crate::refusal::Refusal;

/// How long a caller may take to say yes.
const LASTING: Duration = Duration::from_secs(5 * 60);

/// The most codes of one phone call that are remembered; the oldest are forgotten.
const MOST: usize = 16;

/// The codes of one phone call.
#[derive(Debug, Default)]
pub(crate) struct Confirmations {
    issued: VecDeque<Issued>,
}

#[derive(Debug)]
struct Issued {
    code: String,
    tool: String,
    wish: IdempotencyKey,
    turn: u64,
    until: Instant,
    used: bool,
}

/// A call of a tool that has to be confirmed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ToConfirm<'a> {
    pub(crate) tool: &'a str,
    /// The phone call, tool and arguments in one.
    pub(crate) wish: &'a IdempotencyKey,
    /// What is to be read back.
    pub(crate) read_back: &'a str,
    /// The code that the model gives.
    pub(crate) code: Option<&'a str>,
    /// How many turns the caller has had.
    pub(crate) turn: u64,
}

impl Confirmations {
    /// Lets a call through whose code is right, and takes the code; refuses any other with a code to call again with.
    pub(crate) fn check(&mut self, call: ToConfirm<'_>, now: Instant) -> Result<(), Refusal> {
        let Some(code) = call.code else { return Err(self.ask(call, now, None)) };
        let problem = match self.issued.iter_mut().find(|issued| issued.code == code) {
            None => "That confirmation was not given for this.",
            Some(issued) if issued.used => "That confirmation has been used already.",
            Some(issued) if issued.tool != call.tool => "That confirmation was for another tool.",
            Some(issued) if issued.wish != *call.wish => {
                "The arguments have changed since they were read back."
            }
            Some(issued) if issued.until <= now => "That confirmation is too old.",
            Some(issued) if issued.turn >= call.turn => "The caller has not answered yet.",
            Some(issued) => {
                issued.used = true;
                return Ok(());
            }
        };
        Err(self.ask(call, now, Some(problem)))
    }

    /// Gives a code back whose call did not get to run through no fault of its own.
    pub(crate) fn give_back(&mut self, code: &str) {
        if let Some(issued) = self.issued.iter_mut().find(|issued| issued.code == code) {
            issued.used = false;
        }
    }

    /// Whether anything is remembered that still counts.
    pub(crate) fn is_over(&self, now: Instant) -> bool {
        self.issued.iter().all(|issued| issued.until <= now)
    }

    /// Asks the model to read back and call again, and says what was wrong if anything was.
    fn ask(&mut self, call: ToConfirm<'_>, now: Instant, problem: Option<&str>) -> Refusal {
        let code = self.code_for(call, now);
        let ask = format!(
            "Read back {}, and ask the caller to agree. When they have said yes, call `{}` again with the same arguments and \
             the confirmation `{code}`.",
            call.read_back, call.tool
        );
        let message = problem.map_or(ask.clone(), |problem| format!("{problem} {ask}"));
        Refusal::new("confirmation_required", message)
            .retryable(true)
            .with("confirmation", code)
            .with("read_back", call.read_back)
    }

    /// The code that stands for this wish, a new one if there is none that can be used.
    fn code_for(&mut self, call: ToConfirm<'_>, now: Instant) -> String {
        let standing = self
            .issued
            .iter()
            .find(|issued| issued.wish == *call.wish && !issued.used && issued.until > now);
        if let Some(standing) = standing {
            return standing.code.clone();
        }
        if self.issued.len() == MOST {
            self.issued.pop_front();
        }
        let code = random_code();
        self.issued.push_back(Issued {
            code: code.clone(),
            tool: call.tool.to_owned(),
            wish: call.wish.clone(),
            turn: call.turn,
            until: now + LASTING,
            used: false,
        });
        code
    }
}

#[cfg(test)]
mod tests {
    use switchboard_agent::TraceId;

    use super::*;
    use crate::Envelope;

    struct Desk {
        confirmations: Confirmations,
        now: Instant,
    }

    impl Desk {
        fn new() -> Self {
            Self { confirmations: Confirmations::default(), now: Instant::now() }
        }

        /// The code and the message of a refusal; `None` when the call goes through.
        fn call(&mut self, wish: &str, code: Option<&str>, turn: u64) -> Option<(String, String)> {
            let wish = IdempotencyKey::new(wish);
            let call = ToConfirm { tool: "pay", wish: &wish, read_back: "the amount", code, turn };
            let refusal = self.confirmations.check(call, self.now).err()?;
            match refusal.into_envelope(TraceId::new("t")) {
                Envelope::Error { error_code, message, details, retryable, .. } => {
                    assert_eq!(error_code, "confirmation_required");
                    assert!(retryable && details["read_back"] == "the amount");
                    Some((details["confirmation"].as_str().unwrap().to_owned(), message))
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn the_same_call_with_its_code_goes_through_once_after_the_callers_turn() {
        let mut desk = Desk::new();
        let (code, message) = desk.call("ten", None, 1).unwrap();
        assert!(message.starts_with("Read back the amount,") && message.contains(&code));
        assert_eq!(desk.call("ten", Some(&code), 2), None);
        let (another, message) = desk.call("ten", Some(&code), 3).unwrap();
        assert!(message.contains("used already") && another != code, "{message}");
    }

    #[test]
    fn the_model_cannot_say_yes_for_the_caller() {
        let mut desk = Desk::new();
        let (code, _) = desk.call("ten", None, 1).unwrap();
        let (same, message) = desk.call("ten", Some(&code), 1).unwrap();
        assert!(message.starts_with("The caller has not answered yet."), "{message}");
        assert_eq!(same, code);
        assert_eq!(desk.call("ten", Some(&code), 2), None);
    }

    #[test]
    fn changed_arguments_need_a_yes_of_their_own() {
        let mut desk = Desk::new();
        let (code, _) = desk.call("ten", None, 1).unwrap();
        let (another, message) = desk.call("twenty", Some(&code), 2).unwrap();
        assert!(message.starts_with("The arguments have changed"), "{message}");
        assert_ne!(another, code);
        assert!(desk.call("twenty", Some(&another), 2).is_some(), "not in the same turn");
        assert_eq!(desk.call("twenty", Some(&another), 3), None);
    }

    #[test]
    fn invented_and_old_codes_are_told_apart() {
        let mut desk = Desk::new();
        let (_, message) = desk.call("ten", Some("yes"), 1).unwrap();
        assert!(message.starts_with("That confirmation was not given"), "{message}");
        let (code, _) = desk.call("ten", None, 1).unwrap();
        desk.now += LASTING;
        assert!(desk.confirmations.is_over(desk.now));
        let (another, message) = desk.call("ten", Some(&code), 2).unwrap();
        assert!(message.starts_with("That confirmation is too old."), "{message}");
        assert_ne!(another, code);
    }

    #[test]
    fn a_code_whose_call_did_not_run_can_be_used_again() {
        let mut desk = Desk::new();
        let (code, _) = desk.call("ten", None, 1).unwrap();
        assert_eq!(desk.call("ten", Some(&code), 2), None);
        desk.confirmations.give_back(&code);
        assert_eq!(desk.call("ten", Some(&code), 2), None);
    }

    #[test]
    fn no_more_codes_are_kept_than_a_call_needs() {
        let mut desk = Desk::new();
        for wish in 0..1_000 {
            desk.call(&wish.to_string(), None, 1);
        }
        assert_eq!(desk.confirmations.issued.len(), MOST);
    }
}
