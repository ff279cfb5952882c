//! What is about the fake itself: `GET /`, and `/__fake/…` for tests in other languages.

use std::sync::PoisonError;

use serde_json::{Value, json};

use crate::call::Answer;
use crate::credentials::private_key_pem;
use crate::id::Id;
use crate::openapi;
use crate::server::{Server, signing_system};
use crate::state::Plan;

impl Server {
    /// What has changed since the start, and what everything follows from.
    pub(crate) fn save(&self) -> Value {
        let state = self.state();
        state.plan.save(&state.companies)
    }

    /// Goes back to what was saved.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn load(&self, saved: &Value) -> Result<(), String> {
        let (plan, companies) = Plan::load(saved)?;
        let mut state = self.state_mut();
        (state.plan, state.companies) = (plan, companies);
        Ok(())
    }

    /// Goes back to the start.
    pub(crate) fn reset(&self) {
        let plan = self.state().plan;
        let companies = plan.companies();
        let mut state = self.state_mut();
        state.companies = companies;
        state.credentials.revoke_tokens();
        drop(state);
        self.log().clear();
    }

    /// What is about the fake itself: `GET /`, and `/__fake/…` for tests in other languages.
    pub(crate) fn control(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        let words: Vec<&str> = path.split('/').skip(2).collect();
        match (method, &words[..]) {
            ("GET", []) => {
                Answer::text(200, self.welcome.read().unwrap_or_else(PoisonError::into_inner).clone())
            }
            ("GET", ["access"]) => {
                let state = self.state();
                let organizations =
                    state.companies.iter().map(|company| company.facts.organization.to_string());
                Answer::json(
                    200,
                    &json!({
                        "api_key": state.credentials.api_key,
                        "client_id": state.credentials.client_id,
                        "client_secret": state.credentials.client_secret,
                        "organizations": organizations.collect::<Vec<_>>(),
                        "system_id": signing_system(&state.companies[0]).map(|id| id.to_string()),
                    }),
                )
            }
            ("GET", ["quirks"]) => Answer::json(200, &json!(self.quirks())),
            ("PUT", ["quirks"]) => match serde_json::from_slice(body) {
                Ok(quirks) => {
                    self.set_quirks(quirks);
                    Answer::json(200, &json!(self.quirks()))
                }
                Err(error) => Answer::json(400, &json!({"message": format!("quirks: {error}")})),
            },
            ("GET", ["openapi.json"]) => Answer::json(200, &openapi::document("/")),
            ("GET", ["state"]) => Answer::json(200, &self.save()),
            ("PUT", ["state"]) => match serde_json::from_slice(body).map_err(|error| error.to_string()) {
                Ok(state) => match self.load(&state) {
                    Ok(()) => Answer::empty(204),
                    Err(error) => Answer::json(400, &json!({"message": format!("state: {error}")})),
                },
                Err(error) => Answer::json(400, &json!({"message": format!("state: {error}")})),
            },
            ("POST", ["reset"]) => {
                self.reset();
                Answer::empty(204)
            }
            ("GET", ["requests"]) => Answer::json(200, &json!(self.log().requests())),
            ("DELETE", ["requests"]) => {
                self.log().clear();
                Answer::empty(204)
            }
            ("DELETE", ["tokens"]) => {
                self.state_mut().credentials.revoke_tokens();
                Answer::empty(204)
            }
            ("GET", ["systems", id, "client.key"]) => {
                let known = Id::parse(id)
                    .filter(|id| self.state().companies.iter().any(|company| company.systems.contains(*id)));
                match known {
                    Some(id) => Answer::text(200, private_key_pem(id).to_owned()),
                    None => Answer::json(404, &json!({"message": "there is no such system"})),
                }
            }
            ("GET", ["systems", id, "jcagent.conf"]) => {
                Answer::json(200, &json!({"systemKey": id, "agentServerHost": "agent.jumpcloud.com"}))
            }
            _ => Answer::json(
                404,
                &json!({"message": "known here are GET /, GET /__fake/access, GET /__fake/openapi.json, GET and PUT \
                /__fake/quirks, GET and PUT /__fake/state, POST /__fake/reset, GET and DELETE /__fake/requests, DELETE /__fake/tokens, GET /__fake/systems/ID/client.key and jcagent.conf"}),
            ),
        }
    }
}
