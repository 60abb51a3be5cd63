//! Who is calling: the look-up before the greeting, the tool for everybody else, and the question that other tools ask.
//!
//! To be identified is not to be verified: a telephone number can be forged, and a postcode is no secret.

use switchboard::prelude::*;

use crate::company::directory::{Claim, Directory};
use crate::company::number::AccountNumber;
use crate::told::Told;

/// Knows a caller by their number, before anybody has said a word.
pub(crate) async fn by_number(number: String, directory: State<Directory>) -> Option<Caller> {
    let found = directory.find(Claim::Phone(number.clone())).await.ok()?;
    let [customer] = found.try_into().ok()?;
    Some(Caller::from_number(number).identified(customer.account.to_string(), customer.name))
}

/// The account of the identified caller, or a refusal that asks who they are.
pub(crate) fn account_of(caller: &Caller) -> ToolResult<AccountNumber> {
    let account = caller.customer.as_ref().and_then(|customer| customer.parse().ok());
    account.ok_or_else(|| {
        ToolError::refused("I do not know yet who is calling. What is your account number? Name and postcode will do, too.")
    })
}

/// Find out who is calling: by account number, by name and postcode, or without either by their phone number.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(crate) struct IdentifyCaller {
    /// The account number, such as A-10017, as the caller says it.
    pub(crate) account_number: Option<AccountNumber>,
    /// The caller's name, first and last.
    pub(crate) name: Option<String>,
    /// The five digits of the caller's postcode.
    pub(crate) postcode: Option<String>,
}

/// Who the caller is: no more than they have said themselves.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Identified {
    name: String,
}

pub(crate) async fn identify_caller(
    args: IdentifyCaller,
    session: Session,
    directory: State<Directory>,
) -> ToolResult<Json<Told<Identified>>> {
    let claim = claim(args, session.caller().number)?;
    let found = directory.find(claim.clone()).await.map_err(ToolError::failed)?;
    match <[_; 1]>::try_from(found) {
        Ok([customer]) => {
            session.identify(customer.account.to_string(), customer.name.clone());
            let summary = format!("Thank you, {}. I have found your account.", customer.name);
            Ok(Told::new(summary, Identified { name: customer.name }))
        }
        Err(several) if !several.is_empty() => {
            Err(ToolError::refused("Several customers fit that. What is your account number?"))
        }
        Err(_) => Err(ToolError::refused(match claim {
            Claim::Phone(_) => {
                "This phone number is not on file. What is your account number, or your name and postcode?"
            }
            Claim::Account(_) => "No account has that number. What is it, digit by digit?",
            Claim::NameAndPostcode { .. } => {
                "I find nobody of that name and postcode. How is the name spelt, or what is your account number?"
            }
        })),
    }
}

/// What the caller goes by.
fn claim(args: IdentifyCaller, calling_from: Option<String>) -> ToolResult<Claim> {
    match (args.account_number, args.name, args.postcode, calling_from) {
        (Some(account), ..) => Ok(Claim::Account(account)),
        (None, Some(name), Some(postcode), _) => Ok(Claim::NameAndPostcode { name, postcode }),
        (None, Some(_), None, _) => {
            Err(ToolError::refused("A name alone is not enough. What is your postcode?"))
        }
        (None, None, Some(_), _) => {
            Err(ToolError::refused("A postcode alone is not enough. What is your name?"))
        }
        (None, None, None, Some(number)) => Ok(Claim::Phone(number)),
        (None, None, None, None) => Err(ToolError::refused(
            "The line shows no number. What is your account number, or your name and postcode?",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::company::seed::{DEMO_CUSTOMER, DEMO_PHONE};
    use crate::tests::app;

    async fn identify(
        args: IdentifyCaller,
        session: &Session,
    ) -> ToolResult<Json<Told<Identified>>> {
        identify_caller(args, session.clone(), State(app().await.directory)).await
    }

    fn named(name: &str, postcode: &str) -> IdentifyCaller {
        IdentifyCaller {
            name: Some(name.into()),
            postcode: Some(postcode.into()),
            account_number: None,
        }
    }

    #[tokio::test]
    async fn a_caller_is_known_by_number_and_not_verified() {
        let caller = by_number(DEMO_PHONE.into(), State(app().await.directory)).await.unwrap();
        assert_eq!(account_of(&caller).unwrap(), DEMO_CUSTOMER);
        assert_eq!((caller.name.as_deref(), caller.verified), (Some("Dana Whitfield"), false));
        assert_eq!(by_number("+15559999".into(), State(app().await.directory)).await, None);
    }

    #[tokio::test]
    async fn a_caller_is_identified_by_whatever_they_know() {
        let by_account =
            IdentifyCaller { account_number: Some(DEMO_CUSTOMER), ..IdentifyCaller::default() };
        for args in [by_account, named("Dana Whitfield", "55710"), named("whitfield", "5 57 10")] {
            let session = Session::for_tests();
            let Json(found) = identify(args, &session).await.unwrap();
            assert_eq!(found.data.name, "Dana Whitfield");
            assert_eq!(account_of(&session.caller()).unwrap(), DEMO_CUSTOMER);
        }
        let session = Session::for_tests_with(Caller::from_number(DEMO_PHONE));
        identify(IdentifyCaller::default(), &session).await.unwrap();
        assert_eq!(account_of(&session.caller()).unwrap(), DEMO_CUSTOMER);
    }

    #[tokio::test]
    async fn what_is_not_enough_is_asked_for() {
        let name_only =
            IdentifyCaller { name: Some("Dana Whitfield".into()), ..IdentifyCaller::default() };
        let table = [
            (IdentifyCaller::default(), "The line shows no number."),
            (name_only, "A name alone is not enough."),
            (named("Dana Whitfield", "55799"), "I find nobody of that name and postcode."),
        ];
        for (args, refusal) in table {
            let session = Session::for_tests();
            let error = identify(args, &session).await.unwrap_err();
            assert!(error.to_string().starts_with(refusal), "{error}");
            assert_eq!(session.caller(), Caller::unknown());
        }
    }
}
