//! The three regions and the hosts that serve each.
//!
//! An organization lives in exactly one region and JumpCloud never redirects to another, so a
//! region moves all host families together: a client that moves only the console sends its token
//! request, or its Insights query, to a region that does not know the organization.

use std::fmt;
use std::str::FromStr;

use crate::json::Quoted;
use crate::{Error, Result};

/// Where an organization's data lives; [`Region::Us`] unless the organization chose another.
///
/// ```
/// use jumpcloud_core::region::{HostFamily, Region};
///
/// let region: Region = "EU".parse()?;
/// assert_eq!(region, Region::Eu);
/// assert_eq!(region.origin(HostFamily::Insights), "https://api.eu.jumpcloud.com");
/// # Ok::<(), jumpcloud_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Region {
    /// United States.
    #[default]
    Us,
    /// European Union.
    Eu,
    /// India.
    In,
}

/// A group of operations that one host serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HostFamily {
    /// v1 and v2, below `/api`.
    Console,
    /// Directory Insights, below `/insights/directory/v1`.
    Insights,
    /// The token endpoint of service accounts, `/oauth2/token`.
    OAuth,
}

impl Region {
    /// Every region.
    pub const ALL: [Region; 3] = [Region::Us, Region::Eu, Region::In];

    /// The region's code, as its host names carry it: `us`, `eu`, `in`.
    pub fn as_str(self) -> &'static str {
        match self {
            Region::Us => "us",
            Region::Eu => "eu",
            Region::In => "in",
        }
    }

    /// Scheme and host for a family of operations, without a trailing slash.
    pub fn origin(self, family: HostFamily) -> &'static str {
        match (family, self) {
            (HostFamily::Console, Region::Us) => "https://console.jumpcloud.com",
            (HostFamily::Console, Region::Eu) => "https://console.eu.jumpcloud.com",
            (HostFamily::Console, Region::In) => "https://console.in.jumpcloud.com",
            (HostFamily::Insights, Region::Us) => "https://api.jumpcloud.com",
            (HostFamily::Insights, Region::Eu) => "https://api.eu.jumpcloud.com",
            (HostFamily::Insights, Region::In) => "https://api.in.jumpcloud.com",
            (HostFamily::OAuth, Region::Us) => "https://admin-oauth.id.jumpcloud.com",
            (HostFamily::OAuth, Region::Eu) => "https://admin-oauth.id.eu.jumpcloud.com",
            (HostFamily::OAuth, Region::In) => "https://admin-oauth.id.in.jumpcloud.com",
        }
    }
}

impl FromStr for Region {
    type Err = Error;

    /// Reads a region's code in any case; another text is an invalid request that names the codes.
    fn from_str(text: &str) -> Result<Region> {
        Region::ALL.into_iter().find(|region| region.as_str().eq_ignore_ascii_case(text)).ok_or_else(|| {
            // An API key given in the region's place must not end up in a message.
            if text.len() <= 16 {
                Error::invalid(format!("unknown region {text}: use us, eu or in", text = Quoted(text)))
            } else {
                Error::invalid(format!("a string of {} bytes is not a region: use us, eu or in", text.len()))
            }
        })
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_in_any_case() {
        for region in Region::ALL {
            assert_eq!(region.as_str().parse::<Region>().unwrap(), region);
            let upper = region.as_str().to_uppercase();
            assert_eq!(upper.parse::<Region>().unwrap(), region);
            assert_eq!(region.to_string(), region.as_str());
        }
        assert_eq!(Region::default(), Region::Us);
    }

    #[test]
    fn an_unknown_code_is_named_together_with_the_known_ones() {
        let error = "apac".parse::<Region>().unwrap_err();
        assert_eq!(error.message(), r#"unknown region "apac": use us, eu or in"#);
        assert_eq!("".parse::<Region>().unwrap_err().message(), r#"unknown region "": use us, eu or in"#);
    }

    #[test]
    fn a_key_given_as_region_is_not_repeated() {
        let key = "0123456789abcdef0123456789abcdef01234567";
        let error = key.parse::<Region>().unwrap_err();
        assert_eq!(error.message(), "a string of 40 bytes is not a region: use us, eu or in");
    }

    #[test]
    fn each_region_has_its_own_host_in_every_family() {
        let families = [
            (HostFamily::Console, "console"),
            (HostFamily::Insights, "api"),
            (HostFamily::OAuth, "admin-oauth.id"),
        ];
        for (family, host) in families {
            let in_region = |label: &str| format!("https://{host}{label}.jumpcloud.com");
            assert_eq!(Region::Us.origin(family), in_region(""));
            assert_eq!(Region::Eu.origin(family), in_region(".eu"));
            assert_eq!(Region::In.origin(family), in_region(".in"));
        }
    }
}
