use serde_json::json;

use crate::client::{started, texts};

const NOBODY: &str = "5f0c1e2d3b4a59687766554a";
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\r\n--not the end\r\n\x00\xff";

#[test]
fn applications_are_made_replaced_and_deleted() {
    let (_fake, client) = started(40);
    assert_eq!(client.get("/api/applications").json()["totalCount"], 15);
    client.post("/api/applications", json!({"name": "wiki"})).expect(400);
    let body = json!({"name": "wiki", "ssoUrl": "https://x.example/wiki", "config": {}, "displayLabel": "Wiki", "id": NOBODY});
    let made = client.post("/api/applications", body).expect(200).json();
    let id = made["_id"].as_str().unwrap();
    assert_eq!((&made["displayLabel"], &made["active"]), (&json!("Wiki"), &json!(true)));
    assert_ne!(id, NOBODY);
    let path = format!("/api/applications/{id}");
    let body = json!({"name": "wiki", "ssoUrl": "https://x.example/wiki", "config": {}, "active": false});
    let replaced = client.put(&path, body).expect(200).json();
    // What is left out falls back to its default; when it was made stays.
    assert_eq!((&replaced["displayLabel"], &replaced["active"]), (&json!("wiki"), &json!(false)));
    assert_eq!(replaced["created"], made["created"]);
    assert_eq!(client.get(&path).expect(200).json(), replaced);
    assert_eq!(client.get("/api/applications?filter=name:$eq:wiki").results(), [replaced]);
    let user = client.get("/api/systemusers?limit=1").results().remove(0);
    let bind = json!({"op": "add", "type": "user", "id": user["_id"]});
    client.post(&format!("/api/v2/applications/{id}/associations"), bind).expect(204);
    let of_user = format!("/api/v2/users/{}/applications?limit=100", user["_id"].as_str().unwrap());
    assert!(texts(&client.get(&of_user).items(), "id").contains(&id));
    client.delete(&path).expect(200);
    client.get(&path).expect(404);
    assert!(!texts(&client.get(&of_user).items(), "id").contains(&id));
}

#[test]
fn a_logo_comes_back_as_it_was_sent() {
    let (fake, client) = started(5);
    let application = client.get("/api/applications?limit=1").results().remove(0);
    let id = application["_id"].as_str().unwrap();
    assert_eq!(application["logo"]["url"], "");
    let path = format!("/api/v2/applications/{id}/logo");
    let upload = |path: &str, name: &str, picture: &[u8]| {
        let head = format!(
            "--frontier\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"logo.png\"\r\n\
             Content-Type: image/png\r\n\r\n"
        );
        let body = [head.as_bytes(), picture, b"\r\n--frontier--\r\n"].concat();
        let key = fake.api_key();
        let headers =
            [("x-api-key", key.as_str()), ("content-type", "multipart/form-data; boundary=frontier")];
        client.send("POST", path, &headers, &body)
    };
    upload(&path, "image", b"<svg/>").expect(400);
    upload(&path, "picture", PICTURE).expect(400);
    upload(&format!("/api/v2/applications/{NOBODY}/logo"), "image", PICTURE).expect(404);
    upload(&path, "image", PICTURE).expect(204);
    let shown =
        || client.get(&format!("/api/applications/{id}")).json()["logo"]["url"].as_str().unwrap().to_owned();
    let first = shown();
    let logo = first.strip_prefix(&fake.url()).expect("the fake's own address");
    let answer = client.get(logo).expect(200);
    assert_eq!((answer.header("content-type"), answer.body.as_slice()), (Some("image/png"), PICTURE));
    // Another takes its place.
    upload(&path, "image", b"GIF89a").expect(204);
    let second = shown();
    assert_ne!(second, first);
    client.get(logo).expect(404);
    let logo = second.strip_prefix(&fake.url()).unwrap();
    assert_eq!(client.get(logo).expect(200).header("content-type"), Some("image/gif"));
    client.delete(&path).expect(204);
    client.get(logo).expect(404);
    assert_eq!(shown(), "");
}
