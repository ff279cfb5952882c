use std::fs;
use std::path::Path;

use jumpcloud_fake::Fake;

use crate::client::Client;

#[test]
fn a_page_is_served_beside_the_api_and_takes_nothing_from_it() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("explorer");
    fs::create_dir_all(directory.join("api/v2")).unwrap();
    for (name, content) in
        [("index.html", "<!doctype html>"), ("core.wasm", "\0asm"), ("api/systemusers", "no")]
    {
        fs::write(directory.join(name), content).unwrap();
    }
    let fake = Fake::builder().users(5).explorer(&directory).start().unwrap();
    let client = Client::new(&fake);

    let page = client.get("/").expect(200);
    assert_eq!(page.header("content-type"), Some("text/html"));
    assert_eq!(page.body, b"<!doctype html>");
    assert_eq!(client.get("/core.wasm?1").expect(200).header("content-type"), Some("application/wasm"));
    assert!(client.get("/api/systemusers").expect(200).json()["results"].is_array());
    client.get("/api").expect(404);
    client.get("/../Cargo.toml").expect(404);
    client.get("/missing.js").expect(404);
    assert!(client.get("/__fake/access").expect(200).json()["api_key"].is_string());
    // Files are no requests of the API.
    let asked: Vec<String> = fake.requests().into_iter().map(|request| request.target).collect();
    assert!(asked.iter().all(|target| target != "/" && target != "/core.wasm?1"), "{asked:?}");
}

#[test]
fn without_a_page_the_first_words_are_plain_text() {
    let fake = Fake::builder().users(5).start().unwrap();
    let first = Client::new(&fake).get("/").expect(200);
    assert_eq!(first.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(String::from_utf8(first.body).unwrap().contains(&fake.api_key()));
}
