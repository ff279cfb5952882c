use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jumpcloud_core::system_context::{PrivateKey, authorization, signing_bytes, signing_input};
use jumpcloud_fake::Fake;
use serde_json::json;

use crate::client::{Client, started};

#[test]
fn every_wrong_credential_is_401_in_the_shape_of_its_api() {
    let (fake, client) = started(5);
    let key = fake.api_key();
    let bearer = format!("Bearer {key}");
    for headers in [
        &[][..],
        &[("x-api-key", "")],
        &[("x-api-key", "wrong")],
        &[("x-api-key", &key[1..])],
        &[("authorization", key.as_str())],
        &[("authorization", "Bearer nonsense")],
        &[("authorization", bearer.as_str())],
        &[("authorization", "Basic eDp5")],
        &[("x-api-key", key.as_str()), ("authorization", "Bearer nonsense")],
    ] {
        let v1 = client.send("GET", "/api/systemusers", headers, b"").expect(401).json();
        assert_eq!(v1["message"], "Unauthorized");
        assert!(v1["error"].as_str().unwrap().starts_with("Unauthorized: "), "{v1}");
        let v2 = client.send("GET", "/api/v2/usergroups", headers, b"").expect(401).json();
        assert_eq!((&v2["code"], &v2["status"]), (&json!(401), &json!("UNAUTHENTICATED")));
        client.send("POST", "/insights/directory/v1/events", headers, b"{}").expect(401);
    }
    client.get("/api/systemusers").expect(200);
}

#[test]
fn a_service_account_gets_tokens_that_end() {
    let (fake, client) = started(5);
    let token = |id: &str, secret: &str, form: &str| {
        let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        let headers =
            [("authorization", basic.as_str()), ("content-type", "application/x-www-form-urlencoded")];
        client.send("POST", "/oauth2/token", &headers, form.as_bytes())
    };
    let (id, secret, form) =
        (fake.client_id(), fake.client_secret(), "grant_type=client_credentials&scope=api");
    for (id, secret) in [("", ""), (id.as_str(), "wrong"), ("wrong", secret.as_str())] {
        assert_eq!(token(id, secret, form).expect(401).json()["error"], "invalid_client");
    }
    client
        .send(
            "POST",
            "/oauth2/token",
            &[("content-type", "application/x-www-form-urlencoded")],
            form.as_bytes(),
        )
        .expect(401);
    token(&id, &secret, "grant_type=client_credentials&scope=other").expect(403);
    token(&id, &secret, "grant_type=password&scope=api").expect(400);

    let answer = token(&id, &secret, form).expect(200).json();
    assert_eq!((&answer["token_type"], &answer["expires_in"]), (&json!("bearer"), &json!(3600)));
    let bearer = format!("Bearer {}", answer["access_token"].as_str().unwrap());
    let list = || client.send("GET", "/api/v2/usergroups", &[("authorization", &bearer)], b"");
    list().expect(200);
    assert_ne!(token(&id, &secret, form).expect(200).json()["access_token"], answer["access_token"]);
    list().expect(200);
    fake.revoke_tokens();
    list().expect(401);
}

/// A signed GET: what is sent may differ from what is signed.
struct Signed<'a> {
    fake: &'a Fake,
    client: &'a Client,
}

impl Signed<'_> {
    fn header(&self, system: &str, bytes: &[u8]) -> String {
        let key = PrivateKey::parse(self.fake.system_private_key_pem().as_bytes()).unwrap();
        let pair = ring::signature::RsaKeyPair::from_der(key.as_pkcs1()).unwrap();
        let mut signature = vec![0; pair.public().modulus_len()];
        let random = ring::rand::SystemRandom::new();
        pair.sign(&ring::signature::RSA_PKCS1_SHA256, &random, bytes, &mut signature).unwrap();
        authorization(system, &signature).unwrap()
    }

    fn send(
        &self,
        method: &str,
        target: &str,
        body: &[u8],
        system: &str,
        now: SystemTime,
    ) -> crate::client::Answer {
        let input = signing_input(method, target, now).unwrap();
        let header = self.header(system, &input.bytes);
        let headers =
            [("authorization", header.as_str()), ("date", &input.date), ("content-type", "application/json")];
        self.client.send(method, target, &headers, body)
    }
}

#[test]
fn a_system_signs_for_itself() {
    let (fake, client) = started(60);
    let signed = Signed { fake: &fake, client: &client };
    let (system, now) = (fake.system_id(), SystemTime::now());
    let get = |target: &str| signed.send("GET", target, b"", &system, now);
    let own = format!("/api/systems/{system}");
    assert_eq!(get(&own).expect(200).json()["_id"], system.as_str());
    // The query is part of what is signed, byte for byte.
    get(&format!("{own}?fields=hostname%20os")).expect(200);
    get(&format!("/api/v2/systems/{system}/associations?targets=user&limit=3")).expect(200);
    get(&format!("/api/v2/systems/{system}/memberof")).expect(200);

    // Not for others, and not what systems may not call.
    let other =
        client.get("/api/systems?limit=5").results().pop().unwrap()["_id"].as_str().unwrap().to_owned();
    assert!(
        get(&format!("/api/systems/{other}")).expect(401).json()["error"]
            .as_str()
            .unwrap()
            .contains("itself")
    );
    get("/api/systems").expect(401);
    get("/api/systemusers").expect(401);
    let groups = client.get("/api/v2/systemgroups?filter=name:eq:Linux+Servers").items();
    let members = format!("/api/v2/systemgroups/{}/members", groups[0]["id"].as_str().unwrap());
    let join = |id: &str| json!({"op": "add", "type": "system", "id": id}).to_string();
    signed.send("POST", &members, join(&other).as_bytes(), &system, now).expect(401);
    let joined = signed.send("POST", &members, join(&system).as_bytes(), &system, now);
    assert!(matches!(joined.status, 204 | 409), "{}", joined.status);
}

#[test]
fn a_signature_that_does_not_fit_is_401() {
    let (fake, client) = started(60);
    let signed = Signed { fake: &fake, client: &client };
    let (system, now) = (fake.system_id(), SystemTime::now());
    let own = format!("/api/systems/{system}");
    for off in [301, 3600] {
        let answer = signed.send("GET", &own, b"", &system, now - Duration::from_secs(off)).expect(401);
        assert!(answer.json()["error"].as_str().unwrap().contains("clock"));
        signed.send("GET", &own, b"", &system, now + Duration::from_secs(off + 2)).expect(401);
    }
    signed.send("GET", &own, b"", &system, now - Duration::from_secs(280)).expect(200);

    let date = httpdate::fmt_http_date(now);
    let send = |header: &str, target: &str| {
        client.send("GET", target, &[("authorization", header), ("date", &date)], b"")
    };
    let right = signed.header(&system, &signing_bytes("GET", &own, &date));
    send(&right, &own).expect(200);
    send(&right, &format!("{own}?fields=os")).expect(401);
    send(&signed.header(&system, &signing_bytes("POST", &own, &date)), &own).expect(401);
    send(&right.replace("rsa-sha256", "hmac-sha256"), &own).expect(401);
    send(&right.replace("request-line date", "date"), &own).expect(401);
    send(&right.replace(&system, "5f0c1e2d3b4a59687766554a"), &own).expect(401);
    send("Signature nonsense", &own).expect(401);
    client.send("GET", &own, &[("authorization", &right)], b"").expect(401);
    // Another system's key.
    let systems = client.get("/api/systems?limit=100").results();
    let odd = |id: &str| id.ends_with(|digit: char| digit.to_digit(16).unwrap() % 2 == 1);
    let other = systems
        .iter()
        .find(|other| other["mdm"]["dep"] == false && odd(other["_id"].as_str().unwrap()) != odd(&system));
    let other = other.unwrap()["_id"].as_str().unwrap();
    signed.send("GET", &format!("/api/systems/{other}"), b"", other, now).expect(401);
    // Enrolled by Apple's device enrolment.
    let enrolled = systems.iter().find(|other| other["mdm"]["dep"] == true).unwrap()["_id"].as_str().unwrap();
    signed.send("GET", &format!("/api/systems/{enrolled}"), b"", enrolled, now).expect(401);
}

#[test]
fn organizations_are_chosen_by_header_where_that_is_allowed() {
    let (fake, client) = started(5);
    let (key, own) = (fake.api_key(), fake.organizations().remove(0));
    let get = |client: &Client, key: &str, target: &str, organization: &str| {
        client.send("GET", target, &[("x-api-key", key), ("x-org-id", organization)], b"")
    };
    get(&client, &key, "/api/systemusers", &own).expect(200);
    get(&client, &key, "/api/systemusers", "nonsense").expect(400);
    get(&client, &key, "/api/systemusers", "5f0c1e2d3b4a59687766554a").expect(404);
    let refused = get(&client, &key, "/api/organizations", &own).expect(403).json();
    let message = "Forbidden: organization selection not allowed via header";
    assert_eq!(refused, json!({"message": message, "error": message}));

    let fake = Fake::builder().users(50).multi_tenant(true).start().unwrap();
    let (client, key) = (Client::new(&fake), fake.api_key());
    client.get("/api/systemusers").expect(401);
    assert_eq!(client.get("/api/organizations").expect(200).json()["totalCount"], 3);
    let totals = fake
        .organizations()
        .iter()
        .map(|id| get(&client, &key, "/api/systemusers", id).expect(200).json()["totalCount"].clone())
        .collect::<Vec<_>>();
    assert_eq!(totals, [50, 10, 5]);
}
