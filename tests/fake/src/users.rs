//! People: made up from a few numbers, and everything that can be done with them (`/api/systemusers`).

use serde_json::{Value, json};

use crate::calendar::{self, DAY};
use crate::call::{Answer, Call, Outcome};
use crate::collection::{MadeUp, Record};
use crate::company::Company;
use crate::graph::{Kind, Node};
use crate::id::Id;
use crate::people::Person;
use crate::random::Random;
use crate::refusal::Refusal;

/// The fields in which a search without fields looks.
const SEARCHED: &[&str] = &["username", "email", "firstname", "lastname", "displayname"];

/// `v1.systemUsers.list`, `v1.systemUsers.search`
pub(crate) fn list(company: &Company, call: &Call) -> Outcome {
    let page = call.page()?;
    let (total, records) = company.users.page(&call.query(SEARCHED)?, page.skip, page.limit);
    call.list(page, total, records)
}

/// `v1.systemUsers.get`
pub(crate) fn get(company: &Company, call: &Call) -> Outcome {
    let record = company.users.get(call.id("id")?).ok_or_else(|| call.missing("id"))?;
    Answer::record(call.project(record))
}

/// `v1.systemUsers.create`
pub(crate) fn create(company: &mut Company, call: &Call) -> Outcome {
    let body = call.object()?;
    let (username, email) = (call.body_text("username")?, call.body_text("email")?);
    check(company, call, body)?;
    company.reserve(None, Some(username), Some(email))?;
    let id = company.users.new_id(call.now, call.random);
    let staged = body.get("state").and_then(Value::as_str).unwrap_or("STAGED") == "STAGED"
        && body.get("password").is_none();
    let unix_id = 5000 + company.users.len() as u32;
    let mut record = Record::new();
    for name in Person::FIELDS {
        let value = match *name {
            "_id" | "id" => json!(id.to_string()),
            "organization" => json!(company.facts.organization.to_string()),
            "created" => json!(calendar::write(call.now)),
            "creationSource" => json!("jumpcloud:api"),
            "state" => json!(if staged { "STAGED" } else { "ACTIVATED" }),
            "activated" => json!(!staged),
            "unix_uid" | "unix_guid" => json!(unix_id),
            "badLoginAttempts" => json!(0),
            "addresses" | "attributes" | "phoneNumbers" | "relationships" | "restrictedFields"
            | "ssh_keys" | "tags" => json!([]),
            "mfa" => json!({"configured": false, "exclusion": false}),
            "mfaEnrollment" => {
                json!({"overallStatus": "NOT_ENROLLED", "totpStatus": "NOT_ENROLLED", "pushStatus": "NOT_ENROLLED", "webAuthnStatus": "NOT_ENROLLED", "jcGoStatus": "NOT_ENROLLED", "smsStatus": "NOT_ENROLLED"})
            }
            "recoveryEmail" => json!({"address": "", "verified": false}),
            "manager" | "password_date" | "password_expiration_date" => continue,
            "account_locked_date" | "employeeIdentifier" => Value::Null,
            "alternateEmail"
            | "company"
            | "costCenter"
            | "department"
            | "description"
            | "displayname"
            | "employeeType"
            | "external_dn"
            | "external_source_type"
            | "firstname"
            | "jobTitle"
            | "lastname"
            | "location"
            | "managedAppleId"
            | "middlename"
            | "systemUsername" => json!(""),
            _ => json!(false),
        };
        record.insert((*name).to_owned(), value);
    }
    record.insert("allow_public_key".into(), json!(true));
    merge(company, call, &mut record, body);
    company.users.put(id, record.clone());
    Answer::record(record)
}

/// `v1.systemUsers.update`: what the body leaves out stays, null clears.
pub(crate) fn update(company: &mut Company, call: &Call) -> Outcome {
    let id = call.id("id")?;
    let mut record = company.users.get(id).ok_or_else(|| call.missing("id"))?;
    let body = call.object()?;
    check(company, call, body)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    company.reserve(Some(&record), text("username"), text("email"))?;
    merge(company, call, &mut record, body);
    company.users.put(id, record.clone());
    Answer::record(record)
}

/// `v1.systemUsers.delete`
pub(crate) fn delete(company: &mut Company, call: &Call) -> Outcome {
    let id = call.id("id")?;
    let cascade = call.text("cascade_manager").to_owned();
    let heir = match cascade.as_str() {
        "" | "null" => None,
        manager => {
            let known =
                Id::parse(manager).filter(|manager| *manager != id && company.users.contains(*manager));
            let message = "Bad Request: cascade_manager must be null or the id of another user";
            Some(known.ok_or_else(|| Refusal::bad_request(message))?)
        }
    };
    let record = company.users.remove(id).ok_or_else(|| call.missing("id"))?;
    if !cascade.is_empty() {
        let led = jumpcloud_core::filter::eq("manager", id.to_string());
        let query = crate::collection::Query { filter: Some(led), ..Default::default() };
        for mut led in company.users.page(&query, 0, usize::MAX).1 {
            if let Some(led_id) = led.get("_id").and_then(Value::as_str).and_then(Id::parse) {
                led.insert("manager".into(), json!(heir.map(|heir| heir.to_string())));
                company.users.put(led_id, led);
            }
        }
    }
    company.release(&record);
    company.graph.forget(Node(Kind::User, id));
    Answer::record(record)
}

/// What can be wrong with values that have the right types.
fn check(company: &Company, call: &Call, body: &Record) -> Result<(), Refusal> {
    let bad = |message: String| Err(Refusal::bad_request(format!("Bad Request: {message}")));
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if let Some(username) = text("username") {
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "._-@$".contains(letter);
        if username.is_empty() || username.len() > 255 || !username.chars().all(fits) {
            return bad(format!("username {username:?} may hold letters, digits and . _ - only"));
        }
    }
    if let Some(email) = text("email") {
        let valid = email
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.') && !email.contains(' '));
        if !valid {
            return bad(format!("email {email:?} is no mail address"));
        }
    }
    if let Some(password) = text("password") {
        let needs = [
            (password.chars().count() >= 8, "at least 8 characters"),
            (password.chars().any(char::is_uppercase), "an upper-case letter"),
            (password.chars().any(char::is_lowercase), "a lower-case letter"),
            (password.chars().any(|letter| letter.is_ascii_digit()), "a digit"),
        ];
        let mut missing: Vec<&str> = needs.iter().filter(|(met, _)| !met).map(|(_, need)| *need).collect();
        if call.text("fullValidationDetails") != "password" {
            missing.truncate(1);
        }
        if !missing.is_empty() {
            return bad(format!(
                "password does not meet complexity requirements: it needs {}",
                missing.join(", ")
            ));
        }
    }
    if let Some(manager) = text("manager").filter(|manager| !manager.is_empty())
        && !Id::parse(manager).is_some_and(|manager| company.users.contains(manager))
    {
        return bad(format!("manager {manager:?} is not the id of a user"));
    }
    for name in ["unix_uid", "unix_guid"] {
        if let Some(value) = body.get(name).filter(|value| !value.is_null())
            && value.as_u64().is_none_or(|number| number > u64::from(u32::MAX))
        {
            return bad(format!("{name} must be a number from 0 to 4294967295, got {value}"));
        }
    }
    match text("state") {
        None | Some("STAGED" | "ACTIVATED" | "SUSPENDED") => Ok(()),
        Some(state) => bad(format!("state must be STAGED, ACTIVATED or SUSPENDED, got {state:?}")),
    }
}

/// Puts a checked body into a record.
fn merge(company: &Company, call: &Call, record: &mut Record, body: &Record) {
    let mut random = Random::new(call.random, "parts");
    for (name, value) in body {
        match name.as_str() {
            // Not for the caller to set.
            "_id" | "id" | "organization" | "created" | "mfaEnrollment" | "badLoginAttempts" => {}
            "password" => set_password(company, call.now, record),
            "addresses" | "phoneNumbers" | "ssh_keys" => {
                let key = if name == "ssh_keys" { "_id" } else { "id" };
                let mut parts = value.as_array().cloned().unwrap_or_default();
                for part in parts.iter_mut().filter_map(Value::as_object_mut) {
                    part.entry(key)
                        .or_insert_with(|| json!(Id::new(call.now / 1000, random.next()).to_string()));
                }
                record.insert(name.clone(), Value::Array(parts));
            }
            "state" => set_state(record, value.as_str().unwrap_or("ACTIVATED")),
            "suspended" => {
                if !body.contains_key("state")
                    && value.as_bool() != record.get("suspended").and_then(Value::as_bool)
                {
                    set_state(record, if value == &json!(true) { "SUSPENDED" } else { "ACTIVATED" });
                }
            }
            "recoveryEmail" => {
                let address = value.get("address").cloned().unwrap_or_else(|| json!(""));
                record.insert(name.clone(), json!({"address": address, "verified": false}));
            }
            "attributes" | "relationships" | "tags" | "restrictedFields" if value.is_null() => {
                record.insert(name.clone(), json!([]));
            }
            _ => {
                record.insert(name.clone(), value.clone());
            }
        }
    }
}

fn set_password(company: &Company, now: i64, record: &mut Record) {
    let days = company.password_days();
    record.insert("password_date".into(), json!(calendar::write(now)));
    record.insert("password_expiration_date".into(), json!(calendar::write(now + days * DAY)));
    record.insert("password_expired".into(), json!(false));
    record.insert("activated".into(), json!(true));
}

fn set_state(record: &mut Record, state: &str) {
    record.insert("state".into(), json!(state));
    record.insert("suspended".into(), json!(state == "SUSPENDED"));
    if state == "ACTIVATED" {
        record.insert("activated".into(), json!(true));
    }
}

/// Changes a user's record and answers with nothing.
fn change(
    company: &mut Company,
    call: &Call,
    change: impl FnOnce(&Company, &mut Record) -> Result<(), Refusal>,
) -> Outcome {
    let id = call.id("id")?;
    let mut record = company.users.get(id).ok_or_else(|| call.missing("id"))?;
    change(company, &mut record)?;
    company.users.put(id, record);
    Ok(Answer::empty(200))
}

/// `v1.systemUsers.unlock`
pub(crate) fn unlock(company: &mut Company, call: &Call) -> Outcome {
    change(company, call, |_, record| {
        record.insert("account_locked".into(), json!(false));
        record.insert("account_locked_date".into(), Value::Null);
        record.insert("badLoginAttempts".into(), json!(0));
        Ok(())
    })
}

/// `v1.systemUsers.resetMfa`
pub(crate) fn reset_mfa(company: &mut Company, call: &Call) -> Outcome {
    change(company, call, |_, record| {
        let mut mfa = json!({"configured": false, "exclusion": false});
        for name in ["exclusion", "exclusionDays", "exclusionUntil"] {
            if let Some(value) = call.body.get(name) {
                mfa[name] = value.clone();
            }
        }
        record.insert("mfa".into(), mfa);
        record.insert("totp_enabled".into(), json!(false));
        if let Some(enrolment) = record.get_mut("mfaEnrollment").and_then(Value::as_object_mut) {
            enrolment.values_mut().for_each(|status| *status = json!("NOT_ENROLLED"));
        }
        Ok(())
    })
}

/// `v1.systemUsers.enforceMfa`
pub(crate) fn enforce_mfa(company: &mut Company, call: &Call) -> Outcome {
    change(company, call, |_, record| {
        let wanted = call.body.get("enable_user_portal_multifactor").cloned().unwrap_or(json!(true));
        record.insert("enable_user_portal_multifactor".into(), wanted);
        if let Some(mfa) = call.body.get("mfa").filter(|mfa| mfa.is_object()) {
            record.insert("mfa".into(), mfa.clone());
        }
        Ok(())
    })
}

/// `v1.systemUsers.expire`
pub(crate) fn expire(company: &mut Company, call: &Call) -> Outcome {
    change(company, call, |_, record| {
        record.insert("password_expired".into(), json!(true));
        record.insert("password_expiration_date".into(), json!(calendar::write(call.now)));
        Ok(())
    })
}

/// `v1.systemUsers.activate`
pub(crate) fn activate(company: &mut Company, call: &Call) -> Outcome {
    change(company, call, |_, record| {
        set_state(record, "ACTIVATED");
        Ok(())
    })
}

/// `v1.systemUsers.suspend`
pub(crate) fn suspend(company: &mut Company, call: &Call) -> Outcome {
    change(company, call, |_, record| {
        set_state(record, "SUSPENDED");
        Ok(())
    })
}

/// `v1.systemUsers.reactivate`, `v1.systemUsers.syncMfa`: what they do happens elsewhere.
pub(crate) fn acknowledge(company: &Company, call: &Call) -> Outcome {
    let known = company.users.contains(call.id("id")?);
    known.then(|| Answer::empty(200)).ok_or_else(|| call.missing("id"))
}

/// `v1.systemUsers.setPassword`
pub(crate) fn password(company: &mut Company, call: &Call) -> Outcome {
    change(company, call, |company, record| {
        call.body_text("password")?;
        check(company, call, call.object()?)?;
        set_password(company, call.now, record);
        Ok(())
    })
}

/// `v1.systemUsers.totpInfo.get`
pub(crate) fn totp_info(company: &Company, call: &Call) -> Outcome {
    let enabled = company.users.field(call.id("id")?, "totp_enabled").ok_or_else(|| call.missing("id"))?;
    let mut random = Random::new(call.random, "totp");
    let key = random.word(32, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
    let status = if enabled == json!(true) { "ENROLLED" } else { "NOT_ENROLLED" };
    Ok(Answer::json(
        200,
        &json!({"uri": format!("otpauth://totp/JumpCloud?secret={key}"), "key": key, "status": status, "imgHtml": ""}),
    ))
}

/// `v1.systemUsers.sshKeys.list`
pub(crate) fn ssh_keys(company: &Company, call: &Call) -> Outcome {
    let keys = company.users.field(call.id("id")?, "ssh_keys").ok_or_else(|| call.missing("id"))?;
    Ok(Answer::json(200, &keys))
}

/// `v1.systemUsers.sshKeys.create`
pub(crate) fn add_ssh_key(company: &mut Company, call: &Call) -> Outcome {
    let (name, public_key) = (call.body_text("name")?, call.body_text("public_key")?);
    if !public_key.starts_with("ssh-") && !public_key.starts_with("ecdsa-") {
        return Err(Refusal::bad_request(
            "Bad Request: public_key is no SSH public key: it starts with its type, such as ssh-ed25519",
        ));
    }
    let key = json!({
        "_id": Id::new(call.now / 1000, call.random).to_string(),
        "create_date": calendar::write(call.now),
        "name": name,
        "public_key": public_key,
    });
    let added = key.clone();
    change(company, call, |_, record| match record.get_mut("ssh_keys").and_then(Value::as_array_mut) {
        Some(keys) if keys.iter().any(|known| known["public_key"] == key["public_key"]) => {
            Err(Refusal::conflict("Already Exists: the user has this SSH key"))
        }
        Some(keys) => {
            keys.push(key);
            Ok(())
        }
        None => {
            record.insert("ssh_keys".into(), json!([key]));
            Ok(())
        }
    })?;
    Ok(Answer::json(200, &added))
}

/// `v1.systemUsers.sshKeys.delete`
pub(crate) fn delete_ssh_key(company: &mut Company, call: &Call) -> Outcome {
    let user = call.id("systemuser_id")?;
    let mut record = company.users.get(user).ok_or_else(|| call.missing("systemuser_id"))?;
    let keys = record.get_mut("ssh_keys").and_then(Value::as_array_mut).ok_or_else(|| call.missing("id"))?;
    let before = keys.len();
    keys.retain(|key| key["_id"] != call.text("id"));
    if keys.len() == before {
        return Err(call.missing("id"));
    }
    company.users.put(user, record);
    Ok(Answer::empty(200))
}
