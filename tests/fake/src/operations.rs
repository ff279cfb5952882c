//! Which operation is answered by what: the one place where behaviour differs by operation.

use jumpcloud_core::Operation;

use crate::call::{Call, Outcome};
use crate::company::Company;
use crate::families::{self, Place};
use crate::graph::{self, Change, View};
use crate::{
    applications, bulk, command_results, commands, groups, insights, organizations, policies, policy_results,
    policy_templates, systems, users,
};

/// What answers an operation.
pub(crate) enum Handler {
    /// Looks at a company.
    Read(fn(&Company, &Call) -> Outcome),
    /// Changes a company.
    Write(fn(&mut Company, &Call) -> Outcome),
    /// Looks at all companies of a multi-tenant administrator.
    ReadAll(fn(&[Company], &Call) -> Outcome),
    /// Changes one of them.
    WriteAll(fn(&mut [Company], &Call) -> Outcome),
    /// Looks at the graph.
    View(View),
    /// Changes the graph.
    Change(Change),
    /// Gives a token.
    Token,
    /// Keeps what the table's families have.
    Family(&'static Place),
    /// Answers with an example made from the reply's schema.
    Example,
}

/// The handler of an operation.
pub(crate) fn handler(operation: &'static str) -> Handler {
    use Handler::{Example, Read, ReadAll, Token, Write, WriteAll};
    match operation {
        "insights.events.count" => ReadAll(insights::count),
        "insights.events.distinct" => ReadAll(insights::distinct),
        "insights.events.interval" => ReadAll(insights::interval),
        "insights.events.query" => ReadAll(insights::query),
        "oauth.tokens.create" => Token,
        "v1.applications.create" => Write(applications::create),
        "v1.applications.delete" => Write(applications::delete),
        "v1.applications.get" | "v2.applications.get" => Read(applications::get),
        "v1.applications.list" => Read(applications::list),
        "v1.applications.replace" => Write(applications::replace),
        "v1.commandResults.delete" => Write(command_results::delete),
        "v1.commandResults.get" => Read(command_results::get),
        "v1.commandResults.list" | "v1.commandResults.search" => Read(command_results::list),
        "v1.commands.create" => Write(commands::create),
        "v1.commands.delete" => Write(commands::delete),
        "v1.commands.files.list" => Read(commands::files),
        "v1.commands.get" => Read(commands::get),
        "v1.commands.list" | "v1.commands.search" => Read(commands::list),
        "v1.commands.replace" => Write(commands::replace),
        "v1.commands.results.list" => Read(command_results::of_command),
        "v1.commands.run" => Write(commands::run),
        "v1.commands.trigger" => Write(commands::trigger),
        "v1.organizations.get" => ReadAll(organizations::get),
        "v1.organizations.list" | "v1.organizations.search" => ReadAll(organizations::list),
        "v1.organizations.replace" => WriteAll(organizations::update),
        "v1.systemUsers.activate" => Write(users::activate),
        "v1.systemUsers.create" => Write(users::create),
        "v1.systemUsers.delete" => Write(users::delete),
        "v1.systemUsers.enforceMfa" => Write(users::enforce_mfa),
        "v1.systemUsers.expire" => Write(users::expire),
        "v1.systemUsers.get" => Read(users::get),
        "v1.systemUsers.list" | "v1.systemUsers.search" => Read(users::list),
        "v1.systemUsers.reactivate" | "v1.systemUsers.syncMfa" => Read(users::acknowledge),
        "v1.systemUsers.resetMfa" => Write(users::reset_mfa),
        "v1.systemUsers.setPassword" => Write(users::password),
        "v1.systemUsers.sshKeys.create" => Write(users::add_ssh_key),
        "v1.systemUsers.sshKeys.delete" => Write(users::delete_ssh_key),
        "v1.systemUsers.sshKeys.list" => Read(users::ssh_keys),
        "v1.systemUsers.suspend" => Write(users::suspend),
        "v1.systemUsers.totpInfo.get" => Read(users::totp_info),
        "v1.systemUsers.unlock" => Write(users::unlock),
        "v1.systemUsers.update" => Write(users::update),
        "v1.systems.delete" => Write(systems::delete),
        "v1.systems.erase" | "v1.systems.lock" | "v1.systems.restart" | "v1.systems.shutdown" => {
            Read(systems::command)
        }
        "v1.systems.get" => Read(systems::get),
        "v1.systems.list" | "v1.systems.search" => Read(systems::list),
        "v1.systems.update" => Write(systems::update),
        "v2.applications.logo.delete" => Write(applications::delete_logo),
        "v2.applications.logo.upload" => Write(applications::upload_logo),
        "v2.bulk.userStates.create" => Write(bulk::schedule),
        "v2.bulk.userStates.delete" => Write(bulk::forget),
        "v2.bulk.userStates.list" => Read(bulk::scheduled),
        "v2.bulk.userStates.nextEvents.list" => Read(bulk::next),
        "v2.bulk.users.create" => Write(bulk::create),
        "v2.bulk.users.expire" => Write(bulk::expire),
        "v2.bulk.users.results.list" => Read(bulk::results),
        "v2.bulk.users.unlock" => Write(bulk::unlock),
        "v2.bulk.users.update" => Write(bulk::update),
        "v2.commandResults.workflows.list" => Read(command_results::completed),
        "v2.groups.list" => Read(groups::list_all),
        "v2.logos.download" => ReadAll(applications::download_logo),
        "v2.policies.create" => Write(policies::create),
        "v2.policies.delete" => Write(policies::delete),
        "v2.policies.get" => Read(policies::get),
        "v2.policies.list" => Read(policies::list),
        "v2.policies.policyResults.list" => Read(policy_results::results),
        "v2.policies.policyStatuses.list" => Read(policy_results::statuses),
        "v2.policies.update" => Write(policies::update),
        "v2.policyGroups.create" | "v2.systemGroups.create" | "v2.userGroups.create" => Write(groups::create),
        "v2.policyGroups.delete" | "v2.systemGroups.delete" | "v2.userGroups.delete" => Write(groups::delete),
        "v2.policyGroups.get" | "v2.systemGroups.get" | "v2.userGroups.get" => Read(groups::get),
        "v2.policyGroups.list" | "v2.systemGroups.list" | "v2.userGroups.list" => Read(groups::list),
        "v2.policyGroups.replace" | "v2.systemGroups.replace" | "v2.userGroups.replace" => {
            Write(groups::replace)
        }
        "v2.systemGroups.update" | "v2.userGroups.update" => Write(groups::update),
        "v2.policyResults.get" => Read(policy_results::get),
        "v2.policyResults.list" => Read(policy_results::list),
        "v2.policyTemplates.get" => Read(policy_templates::get),
        "v2.policyTemplates.list" => Read(policy_templates::list),
        "v2.providers.directoryInsights.events.count" => ReadAll(insights::count),
        "v2.providers.directoryInsights.events.distinct" => ReadAll(insights::distinct),
        "v2.providers.directoryInsights.events.interval" => ReadAll(insights::interval),
        "v2.providers.directoryInsights.events.query" => ReadAll(insights::query),
        "v2.queuedCommands.workflows.cancel" => Write(command_results::cancel),
        "v2.queuedCommands.workflows.list" => Read(command_results::queued),
        "v2.systems.aggregatedPolicyStats.get" => Read(policy_results::aggregated),
        "v2.systems.policyStatuses.list" => Read(policy_results::of_one_system),
        "v2.users.policyStatuses.list" => Read(policy_results::of_one_user),
        _ => {
            let family = || Operation::find(operation).ok().and_then(families::place).map(Handler::Family);
            graph::handler(operation).or_else(family).unwrap_or(Example)
        }
    }
}

/// Whether JumpCloud does without a key of a body that is described as required: commands are for Linux unless they
/// say otherwise, and a run without a command is refused in words of its own.
pub(crate) fn may_lack(operation: &str, key: &str) -> bool {
    matches!(
        (operation, key),
        ("v1.commands.create" | "v1.commands.replace", "commandType") | ("v1.commands.run", "_id")
    )
}
