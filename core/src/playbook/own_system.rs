//! `self.…`: the life of a system that speaks for itself (System Context): it joins groups, binds users, leaves, and
//! deletes itself. It may look up neither groups nor users, so they are named by id.

use super::find::{is_id, link};
use super::talk::{Talk, map, refused, text};
use crate::json::{Quoted, Value};
use crate::parameters::Parameters;
use crate::{Error, ErrorKind, Result};

/// The system that signs.
fn own(talk: &Talk) -> Result<String> {
    let own = talk.own_system().map(str::to_owned);
    own.ok_or_else(|| {
        Error::invalid("a system speaks for itself here: the client needs System Context credentials")
    })
}

fn id(talk: &Talk, parameter: &str) -> Result<String> {
    let id = talk.text(parameter).unwrap_or_default();
    if is_id(&id) {
        return Ok(id);
    }
    let quoted = Quoted(&id);
    let message = format!(
        "{parameter}: expected an id of 24 hexadecimal digits, got {quoted}; System Context may not look names up"
    );
    Err(refused(parameter, message))
}

/// All that is known of an object here.
fn by_id(id: &str) -> Value {
    Value::Object(map([("id", text(id))]))
}

/// `self.join`, `self.leave`
pub(super) async fn change_membership(talk: Talk, add: bool) -> Result<Value> {
    let (system, group) = (own(&talk)?, id(&talk, "group")?);
    let parameters = Parameters::new().with("group_id", &group);
    let operation = "v2.systemGroups.members.change";
    let change = link(&talk, operation, parameters, add, "system", &system, None).await?;
    Ok(talk.tied(change, map([("system", by_id(&system)), ("group", by_id(&group))]), "member", add))
}

/// `self.bindUser`
pub(super) async fn bind_user(talk: Talk) -> Result<Value> {
    let (system, user) = (own(&talk)?, id(&talk, "user")?);
    let sudo = talk.flag("sudo") || talk.flag("sudoWithoutPassword");
    let sudo = sudo.then(|| {
        let without_password = Value::Bool(talk.flag("sudoWithoutPassword"));
        map([("enabled", Value::Bool(true)), ("withoutPassword", without_password)])
    });
    let attributes = sudo.map(|sudo| map([("sudo", Value::Object(sudo))]));
    let parameters = Parameters::new().with("system_id", &system);
    let operation = "v2.systems.associations.change";
    let change = link(&talk, operation, parameters, true, "user", &user, attributes).await?;
    Ok(talk.tied(change, map([("system", by_id(&system)), ("user", by_id(&user))]), "bound", true))
}

/// `self.delete`
pub(super) async fn delete(talk: Talk) -> Result<Value> {
    let system = own(&talk)?;
    let parameters = Parameters::new().with("id", &system);
    let change = talk.change("v1.systems.delete", parameters, Some(ErrorKind::NotFound)).await?;
    Ok(talk.tied(change, map([("system", by_id(&system))]), "exists", false))
}
