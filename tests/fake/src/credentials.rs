//! Who may call: an API key, a bearer token of a service account, or a system that signs (System Context).

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jumpcloud_core::Operation;
use jumpcloud_core::operation::Accepts;
use jumpcloud_core::system_context::{PrivateKey, parse_authorization, signing_bytes};
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};

use crate::call::{Answer, Call, Outcome};
use crate::company::Company;
use crate::id::Id;
use crate::random::{ALPHANUMERIC, Random};
use crate::refusal::Refusal;

/// How far the date of a signed request may be off, in milliseconds. JumpCloud does not say; five minutes is usual.
const CLOCK_TOLERANCE: i64 = 5 * 60 * 1000;
/// How long a token lasts, in seconds.
pub(crate) const TOKEN_LIFETIME: i64 = 3600;

/// The private keys of systems: made for this fake with `openssl genrsa -traditional 2048`, good for nothing else.
/// Systems whose id ends in an even digit have the first, the others the second.
const SYSTEM_KEYS: [&str; 2] = [include_str!("system-a.key"), include_str!("system-b.key")];

/// The private key of a system, as its agent keeps it in `client.key`: PEM, PKCS#1.
pub(crate) fn private_key_pem(system: Id) -> &'static str {
    SYSTEM_KEYS[usize::from(system.is_odd())]
}

/// The credentials that the fake knows.
pub(crate) struct Credentials {
    /// The administrator's API key.
    pub(crate) api_key: String,
    /// The service account's id.
    pub(crate) client_id: String,
    /// The service account's secret.
    pub(crate) client_secret: String,
    /// Tokens with the times at which they end.
    tokens: HashMap<String, i64>,
}

/// A request as it came.
pub(crate) struct Received<'a> {
    /// The method.
    pub(crate) method: &'a str,
    /// Path and query as they came.
    pub(crate) target: &'a str,
    /// The headers; names in lower case.
    pub(crate) headers: &'a [(String, String)],
    /// The body.
    pub(crate) body: &'a [u8],
    /// When it came, in milliseconds since 1970.
    pub(crate) now: i64,
    /// Which request it is, from 1 on.
    pub(crate) number: u64,
}

impl Received<'_> {
    /// The first header of that name, in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Credentials {
    /// Credentials that follow from a seed.
    pub(crate) fn new(seed: u64) -> Credentials {
        let mut random = Random::new(seed, "credentials");
        Credentials {
            api_key: format!("jca_{}", random.word(36, ALPHANUMERIC)),
            client_id: Id::new(1_700_000_000, random.next()).to_string(),
            client_secret: random.word(40, ALPHANUMERIC),
            tokens: HashMap::new(),
        }
    }

    /// Ends all tokens.
    pub(crate) fn revoke_tokens(&mut self) {
        self.tokens.clear();
    }

    /// Refuses a request that may not make its call; gives the system that signed it, if one did.
    pub(crate) fn check(
        &self,
        operation: &Operation,
        received: &Received,
        companies: &[Company],
    ) -> Result<Option<Id>, Refusal> {
        match operation.accepts {
            // The token call checks for itself.
            Accepts::Nothing | Accepts::ClientSecret => return Ok(None),
            Accepts::KeyOrBearer | Accepts::KeyBearerOrSystem => {}
        }
        let authorization = received.header("authorization");
        match (received.header("x-api-key"), authorization.and_then(|header| header.split_once(' '))) {
            (Some(_), Some(_)) => Err(Refusal::unauthorized("send x-api-key or Authorization, not both")),
            (Some(key), None) if key == self.api_key => Ok(None),
            (Some(_), None) => Err(Refusal::unauthorized("the API key is not valid")),
            (None, Some((scheme, token))) if scheme.eq_ignore_ascii_case("bearer") => {
                match self.tokens.get(token.trim()) {
                    Some(end) if *end > received.now => Ok(None),
                    Some(_) => Err(Refusal::unauthorized("the token has expired")),
                    None => Err(Refusal::unauthorized("the token is not valid")),
                }
            }
            (None, Some((scheme, _))) if scheme.eq_ignore_ascii_case("signature") => {
                if operation.accepts != Accepts::KeyBearerOrSystem {
                    return Err(Refusal::unauthorized("a system may not call this operation"));
                }
                signed(operation, received, companies).map(Some)
            }
            _ => Err(Refusal::unauthorized("there is no x-api-key and no Authorization of a known scheme")),
        }
    }

    /// Answers the token call: client credentials by HTTP Basic, `grant_type` and `scope` in the form.
    pub(crate) fn token(&mut self, received: &Received, form: &Value, call: &Call) -> Outcome {
        let basic = received.header("authorization").and_then(|header| header.split_once(' '));
        let basic = basic.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
        let pair = basic
            .and_then(|(_, text)| STANDARD.decode(text.trim()).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok());
        let pair = pair.ok_or_else(|| Refusal::unauthorized("send client id and secret by HTTP Basic"))?;
        if pair.split_once(':') != Some((self.client_id.as_str(), self.client_secret.as_str())) {
            return Err(Refusal::unauthorized("client id or secret is not valid"));
        }
        if form["grant_type"] != "client_credentials" {
            return Err(Refusal::bad_request("grant_type must be client_credentials"));
        }
        if !form["scope"].as_str().is_some_and(|scope| scope.split(' ').any(|word| word == "api")) {
            return Err(Refusal::forbidden("scope must be api"));
        }
        let life = call.quirks.token_life_s.map_or(TOKEN_LIFETIME, i64::from);
        let token = Random::new(call.random, &self.client_secret).word(64, ALPHANUMERIC);
        self.tokens.retain(|_, end| *end > received.now);
        self.tokens.insert(token.clone(), received.now + life * 1000);
        Ok(Answer::json(
            200,
            &json!({"access_token": token, "token_type": "bearer", "expires_in": life, "scope": "api"}),
        ))
    }
}

/// Checks a signature, and that the system keeps to itself.
fn signed(operation: &Operation, received: &Received, companies: &[Company]) -> Result<Id, Refusal> {
    let refuse = Refusal::unauthorized;
    let header = received.header("authorization").unwrap_or_default();
    let authorization = parse_authorization(header).map_err(|error| refuse(error.message().to_owned()))?;
    if authorization.headers != ["request-line", "date"] || authorization.algorithm != "rsa-sha256" {
        return Err(refuse(
            "the signature must cover headers=\"request-line date\" with algorithm=\"rsa-sha256\"".into(),
        ));
    }
    let system = authorization.system_key().and_then(Id::parse);
    let system = system.ok_or_else(|| refuse("keyId must be system/ and the system's id".into()))?;
    let mdm = companies.iter().find_map(|company| company.systems.field(system, "mdm"));
    let mdm = mdm.ok_or_else(|| refuse(format!("there is no system {system}")))?;
    let date = received.header("date").ok_or_else(|| refuse("the Date header is missing".into()))?;
    let sent =
        httpdate::parse_http_date(date).ok().and_then(|date| date.duration_since(std::time::UNIX_EPOCH).ok());
    let sent = sent.ok_or_else(|| refuse("the Date header is no HTTP date".into()))?;
    if (sent.as_millis() as i64 - received.now).abs() > CLOCK_TOLERANCE {
        return Err(refuse("the Date header is more than five minutes off: set the system's clock".into()));
    }
    if mdm["dep"] == true {
        return Err(refuse("systems enrolled by Apple's device enrolment may not sign".into()));
    }
    let bytes = signing_bytes(received.method, received.target, date);
    let public = public_key(system).ok_or_else(|| refuse("the system has no key".into()))?;
    let verified =
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public).verify(&bytes, &authorization.signature);
    verified.map_err(|_| {
        refuse("the signature does not fit the request line, the Date header and the system's key".into())
    })?;
    let path = received.target.split('?').next().unwrap_or_default();
    let own = operation.path.split('/').zip(path.split('/')).find(|(part, _)| part.starts_with('{'));
    if operation.path.contains("/systems/{") && own.is_some_and(|(_, id)| Id::parse(id) != Some(system)) {
        return Err(refuse("a system may only call operations on itself".into()));
    }
    Ok(system)
}

fn public_key(system: Id) -> Option<Vec<u8>> {
    let private = PrivateKey::parse(private_key_pem(system).as_bytes()).ok()?;
    let pair = RsaKeyPair::from_der(private.as_pkcs1()).ok()?;
    Some(pair.public_key().as_ref().to_vec())
}
