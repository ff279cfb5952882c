//! Applications that people sign in to (`/api/applications`), and their logos.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::calendar::{self, DAY};
use crate::call::{Answer, Call, Outcome};
use crate::collection::Record;
use crate::company::Company;
use crate::graph::{Kind, Node};
use crate::id::Id;
use crate::refusal::Refusal;

/// An uploaded picture.
pub(crate) struct Logo {
    application: Id,
    media_type: &'static str,
    picture: Vec<u8>,
}

/// The logos of a company's applications.
pub(crate) type Logos = BTreeMap<Id, Logo>;

/// An application with what every application has.
pub(crate) fn new(id: Id, organization: Id, name: &str, label: &str, created: i64) -> Record {
    let setting = |value: &str| json!({"type": "text", "value": value, "required": true, "visible": true});
    let fields = json!({
        "_id": id.to_string(),
        "id": id.to_string(),
        "organization": organization.to_string(),
        "name": name,
        "displayName": label,
        "displayLabel": label,
        "description": "",
        "learnMore": "",
        "ssoUrl": format!("https://sso.jumpcloud.com/saml2/{name}"),
        "active": true,
        "beta": false,
        "color": "",
        "created": calendar::write(created),
        "config": {
            "idpEntityId": setting("JumpCloud"),
            "spEntityId": setting(&format!("https://{name}.example/saml")),
            "acsUrl": setting(&format!("https://{name}.example/saml/acs")),
        },
        "databaseAttributes": [],
        "logo": {"color": "", "url": ""},
        "sso": {
            "type": "saml", "beta": false, "hidden": false, "jit": false,
            "idpCertExpirationAt": calendar::write(created + 5 * 365 * DAY),
        },
    });
    match fields {
        Value::Object(record) => record,
        _ => Record::new(),
    }
}

/// `v1.applications.list`
pub(crate) fn list(company: &Company, call: &Call) -> Outcome {
    let page = call.page()?;
    let (total, records) = company.applications.page(&call.query(&[])?, page.skip, page.limit);
    call.list(page, total, records)
}

/// `v1.applications.get`, `v2.applications.get`
pub(crate) fn get(company: &Company, call: &Call) -> Outcome {
    let name = call.operation.parameters.first().map_or("id", |parameter| parameter.name);
    let record = company.applications.get(call.id(name)?).ok_or_else(|| call.missing(name))?;
    Answer::record(call.project(record))
}

/// `v1.applications.create`
pub(crate) fn create(company: &mut Company, call: &Call) -> Outcome {
    let id = company.applications.new_id(call.now, call.random);
    put(company, call, id, Record::new())
}

/// `v1.applications.replace`: what the body leaves out falls back to its default.
pub(crate) fn replace(company: &mut Company, call: &Call) -> Outcome {
    let id = call.id("id")?;
    let mut kept = company.applications.get(id).ok_or_else(|| call.missing("id"))?;
    kept.retain(|name, _| matches!(name.as_str(), "created" | "logo"));
    put(company, call, id, kept)
}

fn put(company: &mut Company, call: &Call, id: Id, kept: Record) -> Outcome {
    let name = call.body_text("name")?;
    let mut record = new(id, company.facts.organization, name, name, call.now);
    record.extend(kept);
    let not_taken = ["_id", "id", "organization", "created", "logo"];
    for (name, value) in call.object()?.iter().filter(|(name, _)| !not_taken.contains(&name.as_str())) {
        record.insert(name.clone(), value.clone());
    }
    company.applications.put(id, record.clone());
    Answer::record(record)
}

/// `v1.applications.delete`
pub(crate) fn delete(company: &mut Company, call: &Call) -> Outcome {
    let id = call.id("id")?;
    let record = company.applications.remove(id).ok_or_else(|| call.missing("id"))?;
    company.graph.forget(Node(Kind::Application, id));
    company.logos.retain(|_, logo| logo.application != id);
    Answer::record(record)
}

/// `v2.applications.logo.upload`: a GIF, JPEG or PNG, as the field `image` of a form.
pub(crate) fn upload_logo(company: &mut Company, call: &Call) -> Outcome {
    let application = call.id("application_id")?;
    if !company.applications.contains(application) {
        return Err(call.missing("application_id"));
    }
    let picture = file(call.raw, "image")
        .ok_or_else(|| Refusal::bad_request("Bad Request: the form has no file named image"))?;
    let media_type = media_type(picture)
        .ok_or_else(|| Refusal::bad_request("Bad Request: the logo must be a GIF, a JPEG or a PNG"))?;
    company.logos.retain(|_, logo| logo.application != application);
    let id = Id::new(call.now / 1000, call.random);
    company.logos.insert(id, Logo { application, media_type, picture: picture.to_vec() });
    show_logo(company, application, &format!("{}/api/v2/logos/{id}", call.origin));
    Ok(Answer::empty(204))
}

/// `v2.applications.logo.delete`
pub(crate) fn delete_logo(company: &mut Company, call: &Call) -> Outcome {
    let application = call.id("application_id")?;
    if !company.applications.contains(application) {
        return Err(call.missing("application_id"));
    }
    company.logos.retain(|_, logo| logo.application != application);
    show_logo(company, application, "");
    Ok(Answer::empty(204))
}

fn show_logo(company: &mut Company, application: Id, url: &str) {
    if let Some(mut record) = company.applications.get(application) {
        record.insert("logo".into(), json!({"color": "", "url": url}));
        company.applications.put(application, record);
    }
}

/// `v2.logos.download`: takes no organization, so it may be that of any.
pub(crate) fn download_logo(companies: &[Company], call: &Call) -> Outcome {
    let id = call.id("id")?;
    let logo =
        companies.iter().find_map(|company| company.logos.get(&id)).ok_or_else(|| call.missing("id"))?;
    Ok(Answer { status: 200, headers: Vec::new(), media_type: logo.media_type, body: logo.picture.clone() })
}

/// The content of a file in a form.
fn file<'a>(form: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let find = |bytes: &[u8], wanted: &[u8]| bytes.windows(wanted.len()).position(|window| window == wanted);
    let boundary = &form[..find(form, b"\r\n")?];
    let part = &form[find(form, format!("name=\"{name}\"").as_bytes())?..];
    let content = &part[find(part, b"\r\n\r\n")? + 4..];
    let end = find(content, &[b"\r\n", boundary].concat())?;
    Some(&content[..end])
}

/// What a picture is, by its first bytes.
fn media_type(picture: &[u8]) -> Option<&'static str> {
    let known: [(&[u8], &str); 3] =
        [(b"GIF8", "image/gif"), (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png")];
    known.into_iter().find(|(start, _)| picture.starts_with(start)).map(|(_, media_type)| media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_in_a_form() {
        let form = b"--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"x\"\r\n\r\nGIF8\r\n9\r\n--b--\r\n";
        assert_eq!(file(form, "image"), Some(&b"GIF8\r\n9"[..]));
        assert_eq!(file(form, "picture"), None);
        assert_eq!(file(b"--b\r\n name=\"image\"\r\n\r\ncut", "image"), None);
        assert_eq!(file(b"", "image"), None);
        assert_eq!(media_type(b"GIF89a"), Some("image/gif"));
        assert_eq!(media_type(b"<svg/>"), None);
    }
}
