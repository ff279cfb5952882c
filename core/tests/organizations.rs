//! The organization header, over all operations.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod generate;

use jumpcloud_core::operation::{Accepts, Operation, Organization};
use jumpcloud_core::{Client, Credentials, Options, Parameters};
use serde_json::Value;

/// What JumpCloud's own PowerShell SDK takes `x-org-id` off: each path that starts so (Module.cs, 2026-03).
const REFUSED: [&str; 7] = [
    "/api/search/organizations",
    "/api/organizations",
    "/api/users",
    "/api/v2/organizations",
    "/api/v2/administrators",
    "/api/v2/providers",
    "/api/v2/integrations/",
];

#[test]
fn every_operation_takes_an_organization_but_those_that_refuse_it() {
    for operation in Operation::all() {
        let refuses = REFUSED.iter().any(|start| operation.path.starts_with(start));
        let keyless = matches!(operation.accepts, Accepts::ClientSecret | Accepts::Nothing);
        let expected = match operation.organization {
            Organization::Refused => refuses || keyless,
            Organization::Several => operation.name.starts_with("insights."),
            Organization::Optional | Organization::Required => {
                !refuses && !keyless && !operation.name.starts_with("insights.")
            }
        };
        assert!(expected, "{} {}: {:?}", operation.method, operation.path, operation.organization);
    }
    for start in REFUSED {
        assert!(
            Operation::all().any(|operation| operation.path.starts_with(start)),
            "{start}: nothing has it"
        );
    }
}

#[test]
fn a_client_sends_its_organization_wherever_it_is_taken() {
    let organization = "5f1b8a2b8f1d2a0012345678";
    let key = Client::new(Credentials::api_key("secret")).organization(organization);
    let account = Client::new(Credentials::service_account("id", "secret")).organization(organization);
    for operation in Operation::all() {
        let client = if operation.accepts == Accepts::ClientSecret { &account } else { &key };
        let parameters = Parameters::from_json(&generate::parameters(operation, false).to_string()).unwrap();
        let request = client.prepare(operation.name, &parameters, &Options::default());
        let request = request.unwrap_or_else(|error| panic!("{}: {error}", operation.name));
        let sent: Vec<&str> = request
            .headers
            .iter()
            .filter(|(name, _)| name == "x-org-id")
            .map(|(_, id)| id.as_str())
            .collect();
        let expected: &[&str] =
            if operation.organization == Organization::Refused { &[] } else { &[organization] };
        assert_eq!(sent, expected, "{}", operation.name);
    }
    // It is described, and no caller can pass it beside the client's own.
    let described: Value =
        serde_json::from_str(&Operation::find("v1.systemUsers.list").unwrap().describe()).unwrap();
    assert_eq!(described["organization"], "optional");
    assert!(described["parameters"]["properties"].get("x-org-id").is_none());
}
