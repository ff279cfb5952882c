//! A table of users with a filter. Whoever suspends one is shown first what would be sent.
//!
//! It asks for the address of a proxy, as an app of a company's own has one: JumpCloud answers no page of another origin.

use futures_util::TryStreamExt;
use futures_util::future::abortable;
use jumpcloud_core::filter::eq;
use jumpcloud_core::typed::models::{SystemUser, UserStateResult};
use jumpcloud_core::typed::v1::system_users::List;
use jumpcloud_core::{Credentials, Options, Parameters, Result};
use jumpcloud_web::Client;
use web_sys::HtmlInputElement;
use yew::platform::spawn_local;
use yew::prelude::*;

/// How many users the table has room for.
const ROWS: u64 = 25;

fn main() {
    yew::Renderer::<App>::new().render();
}

#[component]
fn App() -> Html {
    let client = use_state(|| None::<Client>);
    let connected = {
        let client = client.clone();
        Callback::from(move |new| client.set(Some(new)))
    };
    match &*client {
        None => html! { <Connect {connected} /> },
        Some(client) => html! { <Users client={client.clone()} /> },
    }
}

#[derive(PartialEq, Properties)]
struct ConnectProperties {
    connected: Callback<Client>,
}

#[component]
fn Connect(ConnectProperties { connected }: &ConnectProperties) -> Html {
    let (address, key) = (use_node_ref(), use_node_ref());
    let wrong = use_state(|| None::<String>);
    let onsubmit = {
        let (address, key, wrong, connected) =
            (address.clone(), key.clone(), wrong.clone(), connected.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let text =
                |of: &NodeRef| of.cast::<HtmlInputElement>().map(|input| input.value()).unwrap_or_default();
            let core =
                jumpcloud_core::Client::new(Credentials::api_key(text(&key))).base_urls(&text(&address));
            match core {
                Ok(core) => connected.emit(Client::new(core)),
                Err(error) => wrong.set(Some(error.to_string())),
            }
        })
    };
    html! {
        <form {onsubmit}>
            <label>{ "Proxy" }<input ref={address} type="url" required=true /></label>
            <label>{ "Key" }<input ref={key} type="password" required=true autocomplete="off" /></label>
            <button>{ "Connect" }</button>
            if let Some(wrong) = &*wrong { <p role="alert">{ wrong }</p> }
        </form>
    }
}

#[derive(PartialEq, Properties)]
struct UsersProperties {
    client: Client,
}

#[component]
fn Users(UsersProperties { client }: &UsersProperties) -> Html {
    let department = use_state(String::new);
    let users = use_state(|| Ok(Vec::<SystemUser>::new()));
    // Counted up when a user has changed.
    let round = use_state(|| 0);
    let meant = use_state(|| None::<SystemUser>);
    {
        let (users, client) = (users.clone(), client.clone());
        use_effect_with((department.clone(), round.clone()), move |(department, _)| {
            let department = department.to_string();
            // What is typed on makes a list that nobody waits for: it is given up, and its request aborted.
            let (task, handle) = abortable(async move { users.set(list(&client, &department).await) });
            spawn_local(async move {
                let _ = task.await;
            });
            move || handle.abort()
        });
    }
    let oninput = {
        let department = department.clone();
        Callback::from(move |event: InputEvent| {
            department.set(event.target_unchecked_into::<HtmlInputElement>().value());
        })
    };
    let closed = {
        let (meant, round) = (meant.clone(), round.clone());
        Callback::from(move |changed| {
            meant.set(None);
            if changed {
                round.set(*round + 1);
            }
        })
    };
    let row = |user: &SystemUser| {
        let onclick = {
            let (meant, user) = (meant.clone(), user.clone());
            Callback::from(move |_| meant.set(Some(user.clone())))
        };
        let state = user.state.as_ref().map(ToString::to_string).unwrap_or_default();
        html! {
            <tr key={user.id.clone()}>
                <td>{ user.username.clone() }</td>
                <td>{ user.department.clone() }</td>
                <td>{ state }</td>
                <td><button {onclick}>{ "Suspend" }</button></td>
            </tr>
        }
    };
    html! {
        <>
            <label>{ "Department" }<input type="search" {oninput} value={department.to_string()} /></label>
            if let Err(error) = &*users { <p role="alert">{ error.to_string() }</p> }
            <table>
                <thead><tr><th>{ "User" }</th><th>{ "Department" }</th><th>{ "State" }</th><th /></tr></thead>
                <tbody>{ for users.iter().flatten().map(row) }</tbody>
            </table>
            if let Some(user) = &*meant { <Suspend client={client.clone()} user={user.clone()} {closed} /> }
        </>
    }
}

async fn list(client: &Client, department: &str) -> Result<Vec<SystemUser>> {
    let filter = (!department.is_empty()).then(|| eq("department", department));
    let some = client.options(Options { limit: Some(ROWS), ..Options::default() });
    some.list(List { filter, ..List::default() })?.try_collect().await
}

#[derive(PartialEq, Properties)]
struct SuspendProperties {
    client: Client,
    user: SystemUser,
    /// Whether it has changed the user.
    closed: Callback<bool>,
}

#[component]
fn Suspend(SuspendProperties { client, user, closed }: &SuspendProperties) -> Html {
    let dry = use_state(|| None::<Result<UserStateResult>>);
    let suspend = {
        let (client, user) = (client.clone(), Parameters::new().with("user", &user.id));
        move |dry_run: bool| {
            let (client, user) = (client.clone(), user.clone().with("dryRun", dry_run));
            async move { client.playbook::<UserStateResult>("users.suspend", user).await }
        }
    };
    {
        let (dry, suspend) = (dry.clone(), suspend.clone());
        use_effect_with((), move |()| spawn_local(async move { dry.set(Some(suspend(true).await)) }));
    }
    let confirm = {
        let (closed, dry) = (closed.clone(), dry.clone());
        Callback::from(move |_| {
            let (closed, dry, done) = (closed.clone(), dry.clone(), suspend(false));
            spawn_local(async move {
                match done.await {
                    Ok(_) => closed.emit(true),
                    Err(error) => dry.set(Some(Err(error))),
                }
            });
        })
    };
    let cancel = closed.reform(|_| false);
    html! {
        <dialog open=true>
            <p>{ format!("Suspend {}? This would be sent:", user.username.as_deref().unwrap_or(&user.id)) }</p>
            if let Some(Ok(dry)) = &*dry {
                { for dry.requests.iter().flatten().map(|request| html! { <code>{ request }</code> }) }
                <button onclick={confirm}>{ "Send it" }</button>
            }
            if let Some(Err(error)) = &*dry { <p role="alert">{ error.to_string() }</p> }
            <button onclick={cancel}>{ "Cancel" }</button>
        </dialog>
    }
}
