//! Who is calling: the look-up before the greeting, the tool for everybody else, and the question that other tools ask.
//!
//! To be identified is not to be verified: a telephone number can be forged, and a postcode is no secret.

use switchboard::prelude::*;

use crate::company::directory::{Claim, Directory};
use crate::company::number::AccountNumber;

/// Knows a caller by their number, before anybody has said a word.
pub(crate) async fn by_number(number: String, directory: State<Directory>) -> Option<Caller> {
    let found = directory.find(Claim::Phone(number.clone())).await.ok()?;
    let [customer] = found.try_into().ok()?;
    Some(Caller::from_number(number).identified(customer.account.to_string(), customer.name))
}

/// The account of the identified caller, or a refusal that says how to identify them.
pub(crate) fn account_of(caller: &Caller) -> ToolResult<AccountNumber> {
    let account = caller.customer.as_ref().and_then(|customer| customer.parse().ok());
    account.ok_or_else(|| {
        ToolError::refused(
            "I do not know yet who is calling. Ask for the account number, or for name and postcode, and use identify_caller.",
        )
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

/// Who the caller is.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Identified {
    name: String,
    account_number: AccountNumber,
}

pub(crate) async fn identify_caller(
    args: IdentifyCaller,
    session: Session,
    directory: State<Directory>,
) -> ToolResult<Json<Identified>> {
    let claim = claim(args, session.caller().number)?;
    let found = directory.find(claim.clone()).await.map_err(ToolError::failed)?;
    match <[_; 1]>::try_from(found) {
        Ok([customer]) => {
            session.identify(customer.account.to_string(), customer.name.clone());
            Ok(Json(Identified { name: customer.name, account_number: customer.account }))
        }
        Err(several) if !several.is_empty() => {
            Err(ToolError::refused("Several customers fit that. Ask for the account number."))
        }
        Err(_) => Err(ToolError::refused(match claim {
            Claim::Phone(_) => {
                "This phone number is not on file. Ask for the account number, or name and postcode."
            }
            Claim::Account(_) => {
                "No account has that number. Ask for it again, or for name and postcode."
            }
            Claim::NameAndPostcode { .. } => {
                "No customer has that name and postcode. Ask how the name is spelt, or for the account number."
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
            Err(ToolError::refused("A name alone is not enough. Ask for the postcode, too."))
        }
        (None, None, Some(_), _) => {
            Err(ToolError::refused("A postcode alone is not enough. Ask for the name, too."))
        }
        (None, None, None, Some(number)) => Ok(Claim::Phone(number)),
        (None, None, None, None) => Err(ToolError::refused(
            "The line shows no number. Ask for the account number, or name and postcode.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::company::seed::{DEMO_CUSTOMER, DEMO_PHONE};
    use crate::tests::app;

    async fn identify(args: IdentifyCaller, session: &Session) -> ToolResult<Json<Identified>> {
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
            assert_eq!(found.name, "Dana Whitfield");
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
            (named("Dana Whitfield", "55799"), "No customer has that name and postcode."),
        ];
        for (args, refusal) in table {
            let session = Session::for_tests();
            let error = identify(args, &session).await.unwrap_err();
            assert!(error.to_string().starts_with(refusal), "{error}");
            assert_eq!(session.caller(), Caller::unknown());
        }
    }
}
