//! Proving who one is: the PIN, and the end of trying.
//!
//! To be identified is to be known by something that others may know, too. What moves money needs more: the PIN of the customer whom
//! the caller is identified as. The company counts wrong ones, and this tool says what came of each.

use switchboard::prelude::*;

use crate::company::clock::Clock;
use crate::company::pins::{Pin, Pins, UnreadablePin, Verdict};
use crate::identify::account_of;
use crate::told::Told;

/// Verify the caller by the PIN of their account. Ask for it first, and never say it aloud.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct VerifyCaller {
    /// The four digits, as the caller says them.
    pub(crate) pin: Secret<String>,
}

/// Who has proved to be themselves.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Verified {
    name: Option<String>,
    verified: bool,
}

pub(crate) async fn verify_caller(
    args: VerifyCaller,
    session: Session,
    pins: State<Pins>,
    clock: State<Clock>,
) -> ToolResult<Json<Told<Verified>>> {
    let caller = session.caller();
    let account = account_of(&caller)?;
    let pin: Pin = args.pin.expose().parse()?;
    let call = session.id().to_owned();
    match pins.check(account, pin, call, clock.now()).await.map_err(ToolError::failed)? {
        Verdict::Right => {
            session.verify();
            let verified = Verified { name: caller.name, verified: true };
            Ok(Told::new("Thank you, that is the right PIN.", verified))
        }
        Verdict::Wrong { tries_left } => Err(ToolError::refused(wrong(tries_left))),
        Verdict::Locked => {
            session.note("pin", "was wrong too often; locked for this call");
            Err(ToolError::refused(
                "The PIN was wrong too often, so it is locked for this call. Shall somebody call you back?",
            ))
        }
        Verdict::NoPin => Err(ToolError::refused(
            "There is no PIN for this account yet. Shall somebody call you back to set one?",
        )),
    }
}

fn wrong(tries_left: u32) -> String {
    match tries_left {
        1 => "That is not the PIN. There is one more try. What is it, digit by digit?".to_owned(),
        more => {
            format!("That is not the PIN. There are {more} more tries. What is it, digit by digit?")
        }
    }
}

impl From<UnreadablePin> for ToolError {
    fn from(_: UnreadablePin) -> Self {
        Self::refused("A PIN has four digits. What is yours, digit by digit?")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::company::seed::DEMO_PIN;
    use crate::tests::{app, dana};

    /// What came of each of these PINs, said one after the other in one call.
    async fn say(session: &Session, pins: &[&str]) -> Vec<Result<String, String>> {
        let app = app().await;
        let mut told = Vec::new();
        for pin in pins {
            let args = VerifyCaller { pin: Secret::new((*pin).to_owned()) };
            let (pins, clock) = (State(app.pins.clone()), State(app.clock.clone()));
            let verified = verify_caller(args, session.clone(), pins, clock).await;
            let verified = verified.map(|Json(told)| told.summary);
            told.push(verified.map_err(|error| error.to_string()));
        }
        told
    }

    #[tokio::test]
    async fn the_right_pin_verifies_however_it_is_said() {
        for said in [DEMO_PIN, "4 7 1 1", "four seven one one"] {
            let session = Session::for_tests_with(dana());
            let told = say(&session, &[said]).await;
            assert_eq!(told, [Ok("Thank you, that is the right PIN.".to_owned())]);
            assert!(session.caller().verified, "{said}");
        }
    }

    #[tokio::test]
    async fn three_wrong_pins_lock_the_call_and_say_so() {
        let session = Session::for_tests_with(dana());
        let told = say(&session, &["1111", "2222", "3333", DEMO_PIN]).await;
        let told: Vec<_> = told.into_iter().map(Result::unwrap_err).collect();
        assert!(told[0].starts_with("That is not the PIN. There are 2 more tries."), "{told:?}");
        assert!(told[1].starts_with("That is not the PIN. There is one more try."), "{told:?}");
        for locked in &told[2..] {
            assert!(locked.contains("locked for this call"), "{told:?}");
        }
        assert!(!session.caller().verified);
        assert!(session.caller().facts["pin"].contains("locked"), "other agents know it, too");
    }

    #[tokio::test]
    async fn what_is_no_pin_costs_no_try() {
        let session = Session::for_tests_with(dana());
        let told = say(&session, &["", "my dog's name", "12345", "123", DEMO_PIN]).await;
        assert!(told[..4].iter().all(|told| told.as_ref().unwrap_err().contains("four digits")));
        assert!(told[4].is_ok());
    }

    #[tokio::test]
    async fn nobody_in_particular_cannot_be_verified() {
        let session = Session::for_tests();
        let error = say(&session, &[DEMO_PIN]).await.remove(0).unwrap_err();
        assert!(error.contains("What is your account number?"), "{error}");
    }
}
