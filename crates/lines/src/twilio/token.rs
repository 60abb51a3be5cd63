//! The short-lived token that lets one call, once, open its stream.
//!
//! It stands in the `TwiML` as a `<Parameter>` and comes back in the `start` frame. It vouches for the call and for both
//! numbers, which the signature of the WebSocket's upgrade does not cover, so that nobody who reaches the WebSocket can
//! choose whose calls they make.
//!
//! A token is `base64url(claims) . base64url(HMAC-SHA256(key, claims))`. A key made at start is good for one process;
//! several processes behind one name need a common key, and then a token's single use is each process's own affair.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use thiserror::Error;

/// How long a token lives: Twilio opens the stream within a second or two.
const LIFE: Duration = Duration::from_secs(60);
/// Longer caller ids (SIP addresses, say) would make a token too long for a `<Parameter>`; they are left out.
const NUMBER_BYTES: usize = 64;
/// Longer ids of calls are not Twilio's.
const CALL_BYTES: usize = 100;

/// Issues tokens and takes them back, each once.
pub struct Tokens {
    key: Vec<u8>,
    life: Duration,
    redeemed: Mutex<HashMap<u64, u64>>,
}

/// A call that was announced to the webhook: what a token vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Twilio's `CallSid`.
    pub call_sid: String,
    /// Twilio's `From`.
    pub from: Option<String>,
    /// Twilio's `To`.
    pub to: Option<String>,
}

/// Why a token does not open a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It is not a token of ours, or was made with another key.
    #[error("the stream token was not issued by this server")]
    Forged,
    /// It belongs to another call.
    #[error("the stream token was issued for another call")]
    OtherCall,
    /// It is too old.
    #[error("the stream token has expired")]
    Expired,
    /// It has been used.
    #[error("the stream token has been used already")]
    Replayed,
}

/// What is signed. Order is part of the format.
#[derive(Serialize, Deserialize)]
struct Claims<'a> {
    #[serde(rename = "e")]
    expires: u64,
    #[serde(rename = "n")]
    nonce: u64,
    #[serde(rename = "c")]
    call_sid: std::borrow::Cow<'a, str>,
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    from: Option<std::borrow::Cow<'a, str>>,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    to: Option<std::borrow::Cow<'a, str>>,
}

impl Tokens {
    /// Signs with a key made for this process.
    pub fn random() -> Self {
        let mut key = [0; 32];
        getrandom::fill(&mut key).expect("the operating system has random bytes");
        Self::with_key(key)
    }

    /// Signs with a given key, so that one process takes what another has issued. Use at least 32 random bytes.
    pub fn with_key(key: impl Into<Vec<u8>>) -> Self {
        Self { key: key.into(), life: LIFE, redeemed: Mutex::default() }
    }

    /// Sets how long a token lives; 60 s unless said otherwise.
    pub fn life(mut self, life: Duration) -> Self {
        self.life = life;
        self
    }

    /// Issues a token for a call that arrives now.
    pub fn issue(&self, visit: &Visit) -> String {
        self.issue_at(visit, SystemTime::now())
    }

    /// Issues a token for a call that arrived at `now`.
    pub fn issue_at(&self, visit: &Visit, now: SystemTime) -> String {
        let mut nonce = [0; 8];
        getrandom::fill(&mut nonce).expect("the operating system has random bytes");
        let claims = Claims {
            expires: seconds(now + self.life),
            nonce: u64::from_le_bytes(nonce),
            call_sid: visit.call_sid.chars().take(CALL_BYTES).collect::<String>().into(),
            from: short(visit.from.as_deref()),
            to: short(visit.to.as_deref()),
        };
        let claims = serde_json::to_vec(&claims).expect("strings and numbers serialise");
        let tag = self.mac(&claims).finalize().into_bytes();
        format!("{}.{}", URL_SAFE_NO_PAD.encode(&claims), URL_SAFE_NO_PAD.encode(tag))
    }

    /// Takes a token that came with the `start` frame of `call_sid` just now.
    pub fn redeem(&self, token: &str, call_sid: &str) -> Result<Visit, TokenError> {
        self.redeem_at(token, call_sid, SystemTime::now())
    }

    /// Takes a token that came with the `start` frame of `call_sid` at `now`.
    pub fn redeem_at(
        &self,
        token: &str,
        call_sid: &str,
        now: SystemTime,
    ) -> Result<Visit, TokenError> {
        let claims = self.verified(token).ok_or(TokenError::Forged)?;
        let claims: Claims<'_> = serde_json::from_slice(&claims).map_err(|_| TokenError::Forged)?;
        if claims.call_sid != call_sid {
            return Err(TokenError::OtherCall);
        }
        let now = seconds(now);
        if claims.expires <= now {
            return Err(TokenError::Expired);
        }
        let mut redeemed = self.redeemed.lock().unwrap_or_else(PoisonError::into_inner);
        redeemed.retain(|_, expires| *expires > now);
        if redeemed.insert(claims.nonce, claims.expires).is_some() {
            return Err(TokenError::Replayed);
        }
        let owned = |number: std::borrow::Cow<'_, str>| number.into_owned();
        Ok(Visit {
            call_sid: claims.call_sid.into_owned(),
            from: claims.from.map(owned),
            to: claims.to.map(owned),
        })
    }

    /// The claims of a token whose signature is ours. Compares in constant time.
    fn verified(&self, token: &str) -> Option<Vec<u8>> {
        let (claims, tag) = token.split_once('.')?;
        let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        self.mac(&claims).verify_slice(&tag).ok().map(|()| claims)
    }

    fn mac(&self, claims: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.update(claims);
        mac
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("life", &self.life).finish_non_exhaustive()
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn short(number: Option<&str>) -> Option<std::borrow::Cow<'_, str>> {
    number.filter(|number| number.len() <= NUMBER_BYTES).map(std::borrow::Cow::Borrowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit() -> Visit {
        Visit {
            call_sid: "CA1".to_owned(),
            from: Some("+15550100".to_owned()),
            to: Some("+15550199".to_owned()),
        }
    }

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
    }

    #[test]
    fn a_token_opens_its_call_and_vouches_for_the_numbers() {
        let tokens = Tokens::random();
        let token = tokens.issue_at(&visit(), at(0));

        assert_eq!(tokens.redeem_at(&token, "CA1", at(59)), Ok(visit()));
    }

    #[test]
    fn a_token_opens_one_stream() {
        let tokens = Tokens::random();
        let token = tokens.issue_at(&visit(), at(0));

        assert!(tokens.redeem_at(&token, "CA1", at(1)).is_ok());
        assert_eq!(tokens.redeem_at(&token, "CA1", at(2)), Err(TokenError::Replayed));
    }

    #[test]
    fn a_token_is_for_its_call_alone_and_another_try_does_not_spend_it() {
        let tokens = Tokens::random();
        let token = tokens.issue_at(&visit(), at(0));

        assert_eq!(tokens.redeem_at(&token, "CA2", at(1)), Err(TokenError::OtherCall));
        assert!(tokens.redeem_at(&token, "CA1", at(1)).is_ok());
    }

    #[test]
    fn a_token_expires() {
        let tokens = Tokens::random().life(Duration::from_secs(10));
        let token = tokens.issue_at(&visit(), at(0));

        assert_eq!(tokens.redeem_at(&token, "CA1", at(10)), Err(TokenError::Expired));
    }

    #[test]
    fn another_key_or_a_changed_letter_is_refused() {
        let tokens = Tokens::with_key("one");
        let token = tokens.issue_at(&visit(), at(0));

        assert_eq!(
            Tokens::with_key("two").redeem_at(&token, "CA1", at(1)),
            Err(TokenError::Forged)
        );
        for place in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert_eq!(tokens.redeem_at(&forged, "CA1", at(1)), Err(TokenError::Forged), "{place}");
        }
        for nonsense in ["", ".", "a.b", "ä.ö"] {
            assert_eq!(tokens.redeem_at(nonsense, "CA1", at(1)), Err(TokenError::Forged));
        }
    }

    #[test]
    fn a_common_key_is_good_for_another_process() {
        let token = Tokens::with_key("common").issue_at(&visit(), at(0));

        assert!(Tokens::with_key("common").redeem_at(&token, "CA1", at(1)).is_ok());
    }

    #[test]
    fn used_tokens_are_forgotten_once_they_have_expired() {
        let tokens = Tokens::random();
        for second in 0..200 {
            let token = tokens.issue_at(&visit(), at(second));
            tokens.redeem_at(&token, "CA1", at(second)).unwrap();
        }

        assert!(tokens.redeemed.lock().unwrap().len() <= 60);
    }

    #[test]
    fn the_longest_token_fits_a_parameter() {
        let long = Visit {
            call_sid: "C".repeat(300),
            from: Some("4".repeat(64)),
            to: Some("5".repeat(64)),
        };
        let longer = Visit { from: Some("4".repeat(65)), ..visit() };
        let tokens = Tokens::random();

        assert!(tokens.issue_at(&long, at(0)).len() < 490);
        let token = tokens.issue_at(&longer, at(0));
        assert_eq!(tokens.redeem_at(&token, "CA1", at(1)).unwrap().from, None);
    }
}
