//! What a binding is given as JSON: a client's settings and a call's options, under the same names in every language.

use std::time::Duration;

use crate::client::{Client, Credentials, Options};
use crate::conversation::Position;
use crate::json::{Map, Quoted, Value};
use crate::nearest::nearest;
use crate::region::{HostFamily, Region};
use crate::{Error, Result};

const CREDENTIALS: &str = "expected one of apiKey, serviceAccount: {id, secret}, systemContext: {systemId}, credentials: a function";
const IDENTITY: &str =
    "a credential function gives apiKey or serviceAccount: {id, secret}, and expiresIn where it ends";

impl Client {
    /// A client from its settings: `apiKey`, or `serviceAccount` with `id` and `secret`, or `systemContext` with
    /// `systemId`, or `credentials: true` where a function says who calls; and `region`, `organization`, `allowHttp`, `joinsHeaders` ([`Client::joins_headers`]), `requestsInFlight`, `requestsPerSecond`, `language` (what a binding is written for, said in `user-agent`; it says none in a
    /// browser) and `userAgent` (what the program calls itself), and `baseUrl`, or `baseUrls` with
    /// `console`, `insights` and `oauth` as far as they are wanted. What is `null` counts as absent.
    ///
    /// ```
    /// use jumpcloud_core::Client;
    ///
    /// assert!(Client::from_json(r#"{"apiKey":"your-key","region":"eu"}"#).is_ok());
    /// let error = Client::from_json(r#"{"apiKey":"your-key","regoin":"eu"}"#).unwrap_err();
    /// assert_eq!(error.message(), r#"there is no setting "regoin"; did you mean "region"?"#);
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind) for an unknown setting, a wrong one, and when there is not
    /// exactly one credential. No message holds a value that may be secret.
    pub fn from_json(json: &str) -> Result<Client> {
        let known = [
            "apiKey",
            "serviceAccount",
            "systemContext",
            "credentials",
            "region",
            "organization",
            "baseUrl",
            "baseUrls",
            "allowHttp",
            "joinsHeaders",
            "requestsInFlight",
            "requestsPerSecond",
            "language",
            "userAgent",
        ];
        let settings = Settings::read("setting", json, &known)?;
        let [key, account] = settings.key_or_account()?;
        let credentials = [
            key,
            account,
            settings
                .inner("systemContext", &["systemId"])?
                .map(|system| system.required("systemId").map(Credentials::system_context))
                .transpose()?,
            settings.flag("credentials")?.filter(|function| *function).map(|_| Credentials::Function),
        ];
        let mut credentials = credentials.into_iter().flatten();
        let (Some(credential), None) = (credentials.next(), credentials.next()) else {
            return Err(Error::invalid(CREDENTIALS));
        };
        let mut client = Client::new(credential).language(settings.text("language")?);
        if let Some(program) = settings.text("userAgent")? {
            client = client.user_agent(program)?;
        }
        if let Some(region) = settings.text("region")? {
            client = client.region(region.parse::<Region>()?);
        }
        if let Some(organization) = settings.text("organization")? {
            client = client.organization(organization);
        }
        if let Some(most) = settings.count("requestsInFlight")? {
            client = client.requests_in_flight(most);
        }
        if let Some(most) = settings.count("requestsPerSecond")? {
            client = client.requests_per_second(most);
        }
        if settings.flag("allowHttp")?.unwrap_or_default() {
            client = client.allow_http();
        }
        if settings.flag("joinsHeaders")?.unwrap_or_default() {
            client = client.joins_headers();
        }
        if let Some(url) = settings.text("baseUrl")? {
            client = client.base_urls(url)?;
        }
        let families = [
            ("console", HostFamily::Console),
            ("insights", HostFamily::Insights),
            ("oauth", HostFamily::OAuth),
        ];
        if let Some(urls) = settings.inner("baseUrls", &families.map(|(name, _)| name))? {
            for (name, family) in families {
                if let Some(url) = urls.text(name)? {
                    client = client.base_url(family, url)?;
                }
            }
        }
        Ok(client)
    }
}

impl Options {
    /// Options from JSON: `organizations` (a string or a list of strings), `headers` (an object), `attempts`, `deadline` (ms), `maxBody` (bytes), `longestWait` (ms),
    /// `strict`, `limit`, `pageSize`, `concurrency`, `maxPages`, `from` (a position as text; `true` for the start of a list that will be asked where it stands), `lag` and `overlap` (ms), `seed`; what is absent or `null` is the [default](Options::default).
    ///
    /// ```
    /// use jumpcloud_core::Options;
    ///
    /// let options = Options::from_json(r#"{"limit":250,"longestWait":5000,"organizations":"5f1b"}"#)?;
    /// assert_eq!((options.limit, options.longest_wait.as_secs()), (Some(250), 5));
    /// assert_eq!(options.organizations, ["5f1b"]);
    /// # Ok::<(), jumpcloud_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind) for an unknown option and for a wrong value.
    pub fn from_json(json: &str) -> Result<Options> {
        let known = [
            "organizations",
            "headers",
            "attempts",
            "deadline",
            "maxBody",
            "longestWait",
            "strict",
            "limit",
            "pageSize",
            "concurrency",
            "maxPages",
            "from",
            "lag",
            "overlap",
            "seed",
        ];
        let given = Settings::read("option", json, &known)?;
        let default = Options::default();
        Ok(Options {
            organizations: given.organizations()?,
            headers: given.headers("headers")?,
            attempts: given
                .count("attempts")?
                .map_or(default.attempts, |n| u32::try_from(n).unwrap_or(u32::MAX)),
            deadline: given.number("deadline")?.map(Duration::from_millis),
            max_body: given.count("maxBody")?.unwrap_or(default.max_body),
            longest_wait: given.number("longestWait")?.map_or(default.longest_wait, Duration::from_millis),
            strict: given.flag("strict")?.unwrap_or(default.strict),
            limit: given.number("limit")?,
            page_size: given.number("pageSize")?,
            concurrency: given
                .count("concurrency")?
                .map_or(default.concurrency, |n| usize::try_from(n).unwrap_or(usize::MAX)),
            max_pages: given.count("maxPages")?.unwrap_or(default.max_pages),
            seed: given.number("seed")?.unwrap_or(default.seed),
            from: given.position("from")?,
            lag: given.number("lag")?.map(Duration::from_millis),
            overlap: given.number("overlap")?.map(Duration::from_millis),
        })
    }
}

/// What a credential function gives: the credential, and how long it may be kept if that has an end.
pub(crate) fn credential(json: &str) -> Result<(Credentials, Option<Duration>)> {
    let given = Settings::read("credential", json, &["apiKey", "serviceAccount", "expiresIn"])?;
    match given.key_or_account()? {
        [Some(one), None] | [None, Some(one)] => {
            Ok((one, given.number("expiresIn")?.map(Duration::from_millis)))
        }
        _ => Err(Error::invalid(IDENTITY)),
    }
}

/// A JSON object of which every key is known.
struct Settings(Map);

impl Settings {
    fn read(what: &str, json: &str, known: &[&str]) -> Result<Settings> {
        match Value::read(json) {
            Ok(Value::Object(map)) => Settings::new(what, map, known),
            // The text may hold a secret.
            _ => Err(Error::invalid(format!("expected the {what}s as a JSON object"))),
        }
    }

    fn new(what: &str, map: Map, known: &[&str]) -> Result<Settings> {
        if let Some((key, _)) = map.iter().find(|(key, _)| !known.contains(key)) {
            let near = nearest(key, known.iter().copied());
            let message = format!("there is no {what} {key}{near}", key = Quoted(key));
            return Err(Error::invalid(message).parameter_named(key));
        }
        Ok(Settings(map))
    }

    fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key).filter(|value| **value != Value::Null)
    }

    /// The value under `key`, or an error that says what it should be; it does not repeat what may be secret.
    fn read_as<'a, T>(
        &'a self,
        key: &str,
        expected: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>> {
        let wrong = || Error::invalid(format!("{key}: expected {expected}")).parameter_named(key);
        self.get(key).map(|value| read(value).ok_or_else(wrong)).transpose()
    }

    #[inline(never)]
    fn text(&self, key: &str) -> Result<Option<&str>> {
        self.read_as(key, "a string", Value::as_str)
    }

    fn required(&self, key: &str) -> Result<&str> {
        self.text(key)?.ok_or_else(|| Error::invalid(CREDENTIALS).parameter_named(key))
    }

    #[inline(never)]
    fn number(&self, key: &str) -> Result<Option<u64>> {
        self.read_as(key, "a whole number, 0 or more", |value| match value {
            Value::Number(text) => text.parse().ok(),
            _ => None,
        })
    }

    fn position(&self, key: &str) -> Result<Option<Position>> {
        // What it says is read with the list that begins there; nothing at all would be its start.
        self.read_as(key, "a position as a list gives it", |value| match value {
            Value::Bool(true) => Some(Position::start()),
            Value::String(text) if !text.is_empty() => Some(Position(text.clone())),
            _ => None,
        })
    }

    fn key_or_account(&self) -> Result<[Option<Credentials>; 2]> {
        let account = self.inner("serviceAccount", &["id", "secret"])?;
        let account = account.map(|account| {
            Ok::<_, Error>(Credentials::service_account(account.required("id")?, account.required("secret")?))
        });
        Ok([self.text("apiKey")?.map(Credentials::api_key), account.transpose()?])
    }

    fn count(&self, key: &str) -> Result<Option<u64>> {
        match self.number(key)? {
            Some(0) => Err(Error::invalid(format!("{key}: expected 1 or more")).parameter_named(key)),
            count => Ok(count),
        }
    }

    #[inline(never)]
    fn flag(&self, key: &str) -> Result<Option<bool>> {
        self.read_as(key, "true or false", |value| match value {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        })
    }

    #[inline(never)]
    fn texts(&self, key: &str) -> Result<Vec<String>> {
        let texts = self.read_as(key, "a string or a list of strings", |value| match value {
            Value::String(text) => Some(vec![text.clone()]),
            Value::Array(texts) => texts.iter().map(|text| text.as_str().map(str::to_owned)).collect(),
            _ => None,
        });
        Ok(texts?.unwrap_or_default())
    }

    fn organizations(&self) -> Result<Vec<String>> {
        let ids = self.texts("organizations")?;
        if ids.is_empty() && self.get("organizations").is_some() {
            // What a filter has left of a list of ids, say: it must not come to mean the client's own.
            return Err(Error::invalid(
                "organizations: expected at least one id; leave it out for the client's own",
            )
            .parameter_named("organizations"));
        }
        Ok(ids)
    }

    #[inline(never)]
    fn headers(&self, key: &str) -> Result<Vec<(String, String)>> {
        let headers = self.read_as(key, "an object of strings", |value| match value {
            Value::Object(map) => {
                map.iter().map(|(name, value)| Some((name.to_owned(), value.as_str()?.to_owned()))).collect()
            }
            _ => None,
        });
        Ok(headers?.unwrap_or_default())
    }

    fn inner(&self, key: &str, known: &[&str]) -> Result<Option<Settings>> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Object(map)) => {
                Settings::new(&format!("{key} setting"), map.clone(), known).map(Some)
            }
            Some(_) => {
                Err(Error::invalid(format!("{key}: expected {}", known.join(", "))).parameter_named(key))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> String {
        Client::from_json(json).unwrap_err().message().to_owned()
    }

    #[test]
    fn there_is_exactly_one_credential() {
        assert_eq!(refused("{}"), CREDENTIALS);
        assert_eq!(refused(r#"{"apiKey":"k","systemContext":{"systemId":"s"}}"#), CREDENTIALS);
        assert_eq!(refused(r#"{"apiKey":"k","serviceAccount":{"id":"i","secret":"s"}}"#), CREDENTIALS);
        assert_eq!(refused(r#"{"serviceAccount":{"id":"i"}}"#), CREDENTIALS);
        assert!(Client::from_json(r#"{"apiKey":null,"systemContext":{"systemId":"s"}}"#).is_ok());
    }

    #[test]
    fn a_wrong_setting_is_named_and_its_value_is_not() {
        assert_eq!(refused(r#"{"apiKey":["hidden"]}"#), "apiKey: expected a string");
        assert_eq!(refused(r#"{"apiKey":"hidden""#), "expected the settings as a JSON object");
        assert_eq!(
            refused(r#"{"serviceAccount":{"id":"i","secert":"hidden"}}"#),
            r#"there is no serviceAccount setting "secert"; did you mean "secret"?"#
        );
        assert_eq!(
            refused(r#"{"apiKey":"k","region":"apac"}"#),
            r#"unknown region "apac": use us, eu or in"#
        );
        assert!(
            refused(r#"{"apiKey":"k","baseUrls":{"oauth":"ftp://x"}}"#).starts_with("expected a base URL")
        );
    }

    #[test]
    fn options_are_read_and_checked() {
        let options = Options::from_json(
            r#"{"organizations":["a","b"],"headers":{"x-a":"1"},"attempts":1,"strict":true,"concurrency":2,"maxBody":5,"maxPages":3,"seed":4}"#,
        )
        .unwrap();
        assert_eq!((options.attempts, options.strict, options.concurrency), (1, true, 2));
        assert_eq!((options.max_pages, options.seed, options.limit), (3, 4, None));
        assert_eq!(options.organizations, ["a", "b"]);
        assert_eq!(options.headers, [("x-a".to_owned(), "1".to_owned())]);
        for (json, message) in [
            (r#"{"attempts":-1}"#, "attempts: expected a whole number, 0 or more"),
            (r#"{"attempts":0}"#, "attempts: expected 1 or more"),
            (r#"{"concurrency":0}"#, "concurrency: expected 1 or more"),
            (r#"{"maxBody":0}"#, "maxBody: expected 1 or more"),
            (r#"{"maxPages":0}"#, "maxPages: expected 1 or more"),
            (r#"{"from":""}"#, "from: expected a position as a list gives it"),
            (r#"{"strict":1}"#, "strict: expected true or false"),
            (
                r#"{"organizations":[]}"#,
                "organizations: expected at least one id; leave it out for the client's own",
            ),
            (r#"{"headers":{"x":1}}"#, "headers: expected an object of strings"),
            (r#"{"limits":1}"#, r#"there is no option "limits"; did you mean "limit"?"#),
        ] {
            assert_eq!(Options::from_json(json).unwrap_err().message(), message);
        }
    }

    #[test]
    fn names_are_taken_in_any_languages_case() {
        let client = Client::from_json(r#"{"apiKey":"k"}"#).unwrap();
        let prepare = |operation: &str, parameters: &str| {
            let parameters = crate::Parameters::from_json(parameters).unwrap();
            client.prepare(operation, &parameters, &Options::default())
        };
        let snake = prepare("v1.system_users.list", r#"{"search_search_term":"x"}"#);
        let kebab = prepare("v1.system-users.list", r#"{"search.searchTerm":"x"}"#);
        assert_eq!(snake.map(|request| request.url).ok(), kebab.map(|request| request.url).ok());
        let twice = prepare("v2.userGroups.get", r#"{"id":"a","ID":"b"}"#).unwrap_err();
        assert_eq!(twice.message(), "id is given twice");
    }
}
