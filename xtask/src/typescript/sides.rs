//! Which types are sent, which are received, and which are not the same on both sides.

use std::collections::BTreeSet;

use crate::models::requests::{Call, Reply};
use crate::models::types::{Shape, Types};
use crate::playbooks::Playbook;

/// How a type is used. What is sent must be whole; a reply leaves out what it likes, and gains values over time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Sent,
    Received,
}

/// The types that calls send and receive, by name.
pub(super) struct Sent {
    pub(super) sent: BTreeSet<String>,
    pub(super) received: BTreeSet<String>,
    /// Types of both sides that are not the same on both: they have a key that a body must have, or a reply has.
    pub(super) differing: BTreeSet<String>,
}

impl Sent {
    pub(super) fn of(types: &Types, calls: &[Call], playbooks: &[Playbook]) -> Sent {
        let bodies = calls.iter().flat_map(Call::sends);
        let replies = calls.iter().filter_map(|call| match &call.reply {
            Reply::Json(form) | Reply::JsonOrText(form) => Some(form),
            _ => None,
        });
        let replies = replies.chain(playbooks.iter().map(|playbook| &playbook.gives));
        let (sent, received) = (types.reachable(bodies), types.reachable(replies));
        let demands = |name: &&String| match &types.all[*name].shape {
            Shape::Record(fields) => {
                fields.iter().any(|field| field.required && !field.read_only || field.always_sent)
            }
            _ => false,
        };
        let mut differing: BTreeSet<String> = sent.intersection(&received).filter(demands).cloned().collect();
        // What holds such a type is such a type.
        loop {
            let holds = |name: &&String| {
                types.all[*name].held().any(|form| form.named().is_some_and(|n| differing.contains(n)))
            };
            let more: Vec<String> = sent
                .intersection(&received)
                .filter(|name| !differing.contains(*name))
                .filter(holds)
                .cloned()
                .collect();
            if more.is_empty() {
                break;
            }
            differing.extend(more);
        }
        Sent { sent, received, differing }
    }
}
