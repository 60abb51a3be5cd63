//! `X-Twilio-Signature`: was this request really sent by Twilio?
//!
//! Twilio signs the URL as it is configured on its side, plus the parameters of a form, with the account's auth token.
//! Behind a proxy that URL must come from our own configuration: `Host` and forwarded headers are the sender's to choose.
//! What Twilio signs for one URL differs between its parts (with or without the port, escaped or not), so that a few
//! [spellings](urls) of the same URL are tried, those of Twilio's own helper libraries.

mod urls;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use super::hex::hexadecimal;

/// Checks signatures with one account's primary auth token.
///
/// ```
/// use switchboard_lines::twilio::Validator;
///
/// let validator = Validator::new("12345");
/// let url = "wss://voice.example.com/twilio/media";
/// assert!(validator.upgrade(url, Some("PGLrn08/Ba1sEIuSwPQRBPD54PA=")).is_ok());
/// assert!(validator.upgrade(url, None).is_err());
/// ```
#[derive(Clone)]
pub struct Validator {
    auth_token: String,
}

/// Why a request is not Twilio's, as far as we can tell.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidSignature {
    /// The header is not there.
    #[error("the request has no X-Twilio-Signature header")]
    Missing,
    /// The signature belongs to another URL, other parameters or another auth token.
    #[error(
        "X-Twilio-Signature does not match `{url}`: check that the public URL is exactly the one configured at Twilio, \
         and that the auth token is the account's primary one"
    )]
    Mismatch {
        /// The URL the signature was checked against, without its query.
        url: String,
    },
    /// A body that is not a form comes without its hash, so that nothing vouches for it.
    #[error("the URL has no bodySHA256 to check the body against")]
    NoBodyHash,
    /// The body is not the one that was signed.
    #[error("the body is not the one whose hash is in bodySHA256")]
    BodyMismatch,
}

impl Validator {
    /// Checks with this auth token (not an API key's secret).
    pub fn new(auth_token: impl Into<String>) -> Self {
        Self { auth_token: auth_token.into() }
    }

    /// Checks a POST of a form: `url` is the full public URL, `parameters` the decoded form in any order.
    pub fn form<K, V>(
        &self,
        url: &str,
        parameters: &[(K, V)],
        signature: Option<&str>,
    ) -> Result<(), InvalidSignature>
    where
        K: AsRef<str>,
        V: AsRef<str>,
    {
        self.matches(&urls::of_request(url), &appended(parameters), signature, url)
    }

    /// Checks a POST of anything but a form, such as JSON: `body` is the body's bytes as they came.
    pub fn body(
        &self,
        url: &str,
        body: &[u8],
        signature: Option<&str>,
    ) -> Result<(), InvalidSignature> {
        self.matches(&urls::of_request(url), "", signature, url)?;
        let expected = urls::query_value(url, "bodySHA256").ok_or(InvalidSignature::NoBodyHash)?;
        let matches: bool =
            hexadecimal(&Sha256::digest(body)).as_bytes().ct_eq(expected.as_bytes()).into();
        if matches { Ok(()) } else { Err(InvalidSignature::BodyMismatch) }
    }

    /// Checks a GET, whose parameters are in the URL.
    pub fn get(&self, url: &str, signature: Option<&str>) -> Result<(), InvalidSignature> {
        self.matches(&urls::of_request(url), "", signature, url)
    }

    /// Checks a WebSocket upgrade: `url` is the `wss://` URL as it stands in `<Stream url>`.
    pub fn upgrade(&self, url: &str, signature: Option<&str>) -> Result<(), InvalidSignature> {
        self.matches(&urls::of_upgrade(url), "", signature, url)
    }

    /// Signs a request as Twilio does, for callers that play its part. `parameters` is empty for all but a form.
    pub fn sign<K, V>(&self, url: &str, parameters: &[(K, V)]) -> String
    where
        K: AsRef<str>,
        V: AsRef<str>,
    {
        self.signature(url, &appended(parameters))
    }

    fn signature(&self, url: &str, appended: &str) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(self.auth_token.as_bytes())
            .expect("HMAC takes keys of any length");
        mac.update(url.as_bytes());
        mac.update(appended.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }

    fn matches(
        &self,
        spellings: &[String],
        appended: &str,
        signature: Option<&str>,
        url: &str,
    ) -> Result<(), InvalidSignature> {
        let signature =
            signature.filter(|given| !given.is_empty()).ok_or(InvalidSignature::Missing)?;
        let matches = spellings.iter().any(|spelling| {
            self.signature(spelling, appended).as_bytes().ct_eq(signature.as_bytes()).into()
        });
        if matches {
            return Ok(());
        }
        let url = url.split(['?', '#']).next().unwrap_or_default().to_owned();
        Err(InvalidSignature::Mismatch { url })
    }
}

impl std::fmt::Debug for Validator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Validator").finish_non_exhaustive()
    }
}

/// A form as it is appended to the URL: sorted by name, a repeated name with each of its different values, sorted.
fn appended<K: AsRef<str>, V: AsRef<str>>(parameters: &[(K, V)]) -> String {
    let mut pairs: Vec<(&str, &str)> =
        parameters.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs.into_iter().flat_map(|(name, value)| [name, value]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [(&str, &str); 0] = [];
    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const FORM: [(&str, &str); 5] = [
        ("To", "+18005551212"),
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+12349013030"),
        ("Digits", "1234"),
        ("From", "+12349013030"),
    ];
    const SIGNATURE: &str = "0/KCTR6DLpKmkAf8muzZqo1nDgQ=";

    fn validator() -> Validator {
        Validator::new("12345")
    }

    #[test]
    fn a_form_is_accepted() {
        assert_eq!(validator().form(URL, &FORM, Some(SIGNATURE)), Ok(()));
    }

    #[test]
    fn another_form_is_accepted() {
        let form = FORM.map(|(name, value)| match name {
            "Caller" | "From" => (name, "+14158675310"),
            _ => (name, value),
        });
        let url = "https://example.com/myapp.php?foo=1&bar=2";

        assert_eq!(validator().form(url, &form, Some("L/OH5YylLD5NRKLltdqwSvS0BnU=")), Ok(()));
    }

    #[test]
    fn an_upgrade_is_accepted() {
        let signature = Some("PGLrn08/Ba1sEIuSwPQRBPD54PA=");

        assert_eq!(validator().upgrade("wss://voice.example.com/twilio/media", signature), Ok(()));
    }

    #[test]
    fn a_json_body_is_accepted_and_another_is_not() {
        let url = "https://example.com/hook?bodySHA256=4062edaf750fb8074e7e83e0c9028c94e32468a8b6f1614774328ef045150f93";
        let signature = Some("J8v/o64wTEth6InvZnSCoVoFhjs=");

        assert_eq!(validator().body(url, br#"{"ok":true}"#, signature), Ok(()));
        assert_eq!(
            validator().body(url, br#"{"ok":false}"#, signature),
            Err(InvalidSignature::BodyMismatch)
        );
    }

    #[test]
    fn a_body_without_a_hash_is_refused() {
        let url = "https://example.com/hook";
        let signature = validator().sign(url, &NONE);

        assert_eq!(
            validator().body(url, b"{}", Some(&signature)),
            Err(InvalidSignature::NoBodyHash)
        );
    }

    #[test]
    fn a_get_signs_the_url_alone() {
        let signature = validator().sign(URL, &NONE);

        assert_eq!(validator().get(URL, Some(&signature)), Ok(()));
        assert!(
            validator().get("https://mycompany.com/myapp.php?foo=1", Some(&signature)).is_err()
        );
    }

    #[test]
    fn any_change_is_refused() {
        let other = Validator::new("12346");
        let mut tampered = FORM;
        tampered[0].1 = "+18005551213";

        assert!(other.form(URL, &FORM, Some(SIGNATURE)).is_err());
        assert!(validator().form(URL, &tampered, Some(SIGNATURE)).is_err());
        assert!(validator().form(URL, &FORM[1..], Some(SIGNATURE)).is_err());
        assert!(
            validator()
                .form("https://mycompany.com/myapp.php?foo=1", &FORM, Some(SIGNATURE))
                .is_err()
        );
        assert!(
            validator()
                .form("http://mycompany.com/myapp.php?foo=1&bar=2", &FORM, Some(SIGNATURE))
                .is_err()
        );
        assert!(validator().form(URL, &FORM, Some("0/KCTR6DLpKmkAf8muzZqo1nDgR=")).is_err());
    }

    #[test]
    fn a_missing_header_is_named() {
        assert_eq!(validator().form(URL, &FORM, None), Err(InvalidSignature::Missing));
        assert_eq!(validator().form(URL, &FORM, Some("")), Err(InvalidSignature::Missing));
    }

    #[test]
    fn the_refusal_shows_no_query() {
        let refused = validator().get("https://example.com/a?secret=1", Some("x")).unwrap_err();

        assert_eq!(refused, InvalidSignature::Mismatch { url: "https://example.com/a".to_owned() });
    }

    #[test]
    fn the_port_may_be_signed_or_not() {
        let signed_with = validator().sign("https://example.com:443/a", &FORM);
        let signed_without = validator().sign("https://example.com/a", &FORM);

        assert_eq!(validator().form("https://example.com/a", &FORM, Some(&signed_with)), Ok(()));
        assert_eq!(
            validator().form("https://example.com:8443/a", &FORM, Some(&signed_without)),
            Ok(())
        );
        assert!(validator().form("https://example.com:8443/a", &FORM, Some(&signed_with)).is_err());
    }

    #[test]
    fn an_upgrade_may_be_signed_with_port_or_slash() {
        for signed in [
            "wss://a.example:443/s",
            "wss://a.example/s/",
            "wss://a.example:443/s/",
            "wss://a.example:80/s",
        ] {
            let signature = validator().sign(signed, &NONE);
            assert_eq!(
                validator().upgrade("wss://a.example/s", Some(&signature)),
                Ok(()),
                "{signed}"
            );
        }
    }

    #[test]
    fn a_repeated_name_counts_each_different_value_once() {
        assert_eq!(
            appended(&[("b", "2"), ("a", "3"), ("b", "1"), ("b", "2"), ("B", "x")]),
            "Bxa3b1b2"
        );
    }

    #[test]
    fn the_token_is_not_shown() {
        assert_eq!(format!("{:?}", validator()), "Validator { .. }");
    }
}
