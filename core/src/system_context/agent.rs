//! The file in which the JumpCloud agent keeps the system's id and region, and where it lies.

use super::check_system_key;
use crate::json::{Quoted, Value};
use crate::region::Region;
use crate::{Error, ErrorKind, Result};

/// An operating system that the agent runs on: it decides where the agent's files are. Only root
/// (on Windows an administrator) may read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AgentPlatform {
    /// Linux.
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

impl AgentPlatform {
    /// Where the agent keeps its configuration, for [`AgentConfiguration::parse`].
    pub fn configuration_path(self) -> &'static str {
        match self {
            AgentPlatform::Linux | AgentPlatform::MacOs => "/opt/jc/jcagent.conf",
            AgentPlatform::Windows => r"C:\Program Files\JumpCloud\Plugins\Contrib\jcagent.conf",
        }
    }

    /// Where the agent keeps the system's private key, for [`PrivateKey::parse`](super::PrivateKey::parse).
    pub fn key_path(self) -> &'static str {
        match self {
            AgentPlatform::Linux | AgentPlatform::MacOs => "/opt/jc/client.key",
            AgentPlatform::Windows => r"C:\Program Files\JumpCloud\Plugins\Contrib\client.key",
        }
    }
}

/// What System Context needs of `jcagent.conf`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentConfiguration {
    /// The system's id, 24 hexadecimal digits.
    pub system_key: String,
    /// The region that the agent talks to.
    pub region: Region,
}

impl AgentConfiguration {
    /// Reads the contents of `jcagent.conf`.
    ///
    /// # Errors
    /// [`ErrorKind::Signing`] while the agent is still registering and the file has no system key
    /// yet: the only error worth waiting for (JumpCloud's own sample looks again every 5 seconds).
    /// An invalid request when the file is not JSON, or its system key or region is not one.
    ///
    /// ```
    /// use jumpcloud_core::region::Region;
    /// use jumpcloud_core::system_context::AgentConfiguration;
    ///
    /// let agent = AgentConfiguration::parse(
    ///     br#"{"agentServerHost":"agent.eu.jumpcloud.com","systemKey":"5f0c1e2d3b4a59687766554a"}"#,
    /// )?;
    /// assert_eq!(agent.system_key, "5f0c1e2d3b4a59687766554a");
    /// assert_eq!(agent.region, Region::Eu);
    /// # Ok::<(), jumpcloud_core::Error>(())
    /// ```
    pub fn parse(json: &[u8]) -> Result<AgentConfiguration> {
        // Editors on Windows put a byte order mark before the text.
        let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
        // The file also holds the organization's connect key, so what is the matter with
        // its text is not passed on.
        let read = std::str::from_utf8(json).ok().and_then(|text| Value::read(text).ok());
        let Some(Value::Object(fields)) = read else {
            return Err(Error::invalid(
                "jcagent.conf cannot be read: expected a JSON object, as the JumpCloud agent writes",
            ));
        };
        // The region first: waiting for a key does not help when the region is wrong.
        let region = match text(fields.get("agentServerHost"), "agentServerHost")? {
            None | Some("") => Region::Us,
            Some(host) => region_of(host)?,
        };
        let system_key = match text(fields.get("systemKey"), "systemKey")? {
            None | Some("") => {
                return Err(Error::new(
                    ErrorKind::Signing,
                    "jcagent.conf has no systemKey yet: the agent is still registering this \
                     system; read the file again in 5 seconds",
                )
                .parameter_named("systemKey"));
            }
            Some(system_key) => system_key,
        };
        check_system_key(system_key)?;
        Ok(AgentConfiguration { system_key: system_key.to_owned(), region })
    }
}

fn text<'a>(value: Option<&'a Value>, name: &str) -> Result<Option<&'a str>> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Error::invalid(format!("{name} in jcagent.conf is not a text")).parameter_named(name)),
    }
}

/// The agent's host is `agent.<region>.jumpcloud.com`, in the United States without the region.
fn region_of(host: &str) -> Result<Region> {
    let lower = host.to_ascii_lowercase();
    let label = lower
        .strip_prefix("agent.")
        .and_then(|rest| rest.strip_suffix("jumpcloud.com"))
        .filter(|label| label.is_empty() || label.ends_with('.'));
    match label {
        Some("") => Ok(Region::Us),
        Some(label) => label.trim_end_matches('.').parse(),
        None => Err(Error::invalid(format!(
            "the agent's server {host} is of no known region: expected agent.jumpcloud.com, \
             agent.eu.jumpcloud.com or agent.in.jumpcloud.com",
            host = Quoted(host)
        ))),
    }
    .map_err(|error| error.parameter_named("agentServerHost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<AgentConfiguration> {
        AgentConfiguration::parse(json.as_bytes())
    }

    fn region(host: &str) -> Result<Region> {
        let json = format!(r#"{{"systemKey":"5f0c1e2d3b4a59687766554a","agentServerHost":{host}}}"#);
        parse(&json).map(|agent| agent.region)
    }

    #[test]
    fn both_files_lie_together_on_every_platform() {
        for platform in [AgentPlatform::Linux, AgentPlatform::MacOs, AgentPlatform::Windows] {
            let folder = platform.key_path().strip_suffix("client.key").unwrap();
            assert_eq!(platform.configuration_path(), format!("{folder}jcagent.conf"));
        }
        assert_eq!(AgentPlatform::MacOs.key_path(), "/opt/jc/client.key");
        assert_eq!(
            AgentPlatform::Windows.key_path(),
            r"C:\Program Files\JumpCloud\Plugins\Contrib\client.key"
        );
    }

    #[test]
    fn a_whole_file_is_read_past_a_byte_order_mark() {
        let agent = parse(
            "\u{feff}{\r\n  \"certuuid\": \"x\",\r\n  \"connectKey\": \"c0ffee\",\r\n  \
             \"agentServerHost\": \"agent.in.jumpcloud.com\",\r\n  \"plugins\": {\"a\": [1]},\r\n  \
             \"systemKey\": \"5F0C1E2D3B4A59687766554A\"\r\n}\r\n",
        )
        .unwrap();
        assert_eq!(agent.system_key, "5F0C1E2D3B4A59687766554A");
        assert_eq!(agent.region, Region::In);
    }

    #[test]
    fn the_region_is_in_the_host() {
        for (host, expected) in [
            (r#""agent.jumpcloud.com""#, Region::Us),
            (r#""agent.us.jumpcloud.com""#, Region::Us),
            (r#""agent.eu.jumpcloud.com""#, Region::Eu),
            (r#""Agent.IN.JumpCloud.com""#, Region::In),
            ("null", Region::Us),
            (r#""""#, Region::Us),
        ] {
            assert_eq!(region(host).unwrap(), expected, "{host}");
        }
        let agent = parse(r#"{"systemKey":"5f0c1e2d3b4a59687766554a"}"#).unwrap();
        assert_eq!(agent.region, Region::Us);
    }

    #[test]
    fn an_unknown_region_is_named() {
        for (host, named) in [
            (r#""agent.apac.jumpcloud.com""#, "\"apac\""),
            (r#""agent.eu.jumpcloud.com.example""#, "\"agent.eu.jumpcloud.com.example\""),
            (r#""agent.eujumpcloud.com""#, "\"agent.eujumpcloud.com\""),
            (r#""agent..jumpcloud.com""#, "\"\""),
            (r#""eu""#, "\"eu\""),
            ("7", "agentServerHost"),
        ] {
            let error = region(host).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
            assert_eq!(error.parameter(), Some("agentServerHost"));
            assert!(error.message().contains(named), "{host}: {error}");
        }
    }

    #[test]
    fn only_a_key_that_is_not_there_yet_is_worth_waiting_for() {
        for json in ["{}", r#"{"systemKey":null}"#, r#"{"systemKey":""}"#] {
            let error = parse(json).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Signing, "{json}");
            assert!(error.message().contains("still registering"), "{error}");
        }
        for json in [r#"{"systemKey":7}"#, r#"{"systemKey":"xyz"}"#, "", "[]", "null", "{", "{}}"] {
            let error = parse(json).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{json}");
        }
    }

    #[test]
    fn errors_repeat_no_value() {
        for json in [
            r#"{"connectKey":"c0ffee","systemKey":["c0ffee"]}"#,
            r#"{"connectKey":"c0ffee","systemKey":"c0ffee"}"#,
            r#""c0ffee""#,
            r#"{"connectKey":"c0ffee"#,
        ] {
            let error = parse(json).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("c0ffee"), "{error}");
        }
    }
}
