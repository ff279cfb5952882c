// The three tables a person browses: all that the page knows of JumpCloud.

import type { Filter, Item, Parameters } from "./api";

export interface Column {
  field: string;
  title: string;
  /** Shown only where there is some room, or much; else always. */
  room?: "some" | "much";
  /** How it is shown, where that is not the field as it is. */
  as?: "name" | "state" | "date" | "flag" | "kind";
}

export interface Related {
  title: string;
  operation: string;
  parameters: Parameters;
}

/** What a person wants to see of a table. */
export interface Wish {
  filter: Filter | undefined;
  words: string;
  /** A field, with `-` in front from the end. */
  sort: string;
}

export interface Table {
  title: string;
  /** One of them. */
  one: string;
  list: string;
  columns: Column[];
  /** What a filter is likely about; other fields may be typed. */
  fields: string[];
  /** Whether its filter can say "any of these". */
  alternatives: boolean;
  /** What to call the list with. */
  query(wish: Wish): Parameters;
  /** Which operation gets one. */
  get(item: Item): string;
  name(item: Item): string;
  related(id: string, item: Item): Related[];
}

export const TABLES: Record<string, Table> = {
  users: {
    title: "Users",
    one: "user",
    list: "v1.systemUsers.search",
    columns: [
      { field: "username", title: "Username", as: "name" },
      { field: "displayname", title: "Name", room: "much" },
      { field: "email", title: "Email", room: "much" },
      { field: "department", title: "Department", room: "some" },
      { field: "state", title: "State", as: "state" },
      { field: "created", title: "Created", as: "date", room: "much" },
    ],
    fields: ["department", "state", "username", "email", "firstname", "lastname", "jobTitle", "location", "company", "employeeType", "costCenter", "created", "suspended", "account_locked", "password_expired", "sudo"],
    alternatives: true,
    query: (wish) => searching(wish, ["username", "email", "displayname"]),
    get: () => "v1.systemUsers.get",
    name: (user) => text(user["displayname"]) || text(user["username"]) || text(user["_id"]),
    related: (id) => [
      { title: "Groups", operation: "v2.users.memberOf.list", parameters: { user_id: id } },
      { title: "Systems", operation: "v2.users.systems.list", parameters: { user_id: id } },
    ],
  },
  systems: {
    title: "Systems",
    one: "system",
    list: "v1.systems.search",
    columns: [
      { field: "displayName", title: "Name", as: "name" },
      { field: "os", title: "OS", room: "some" },
      { field: "version", title: "Version", room: "much" },
      { field: "serialNumber", title: "Serial number", room: "much" },
      { field: "active", title: "Online", as: "flag" },
      { field: "lastContact", title: "Last contact", as: "date", room: "much" },
    ],
    fields: ["os", "osFamily", "hostname", "displayName", "serialNumber", "version", "arch", "active", "agentVersion", "templateName", "created", "lastContact"],
    alternatives: true,
    query: (wish) => searching(wish, ["displayName", "hostname", "serialNumber"]),
    get: () => "v1.systems.get",
    name: (system) => text(system["displayName"]) || text(system["hostname"]) || text(system["_id"]),
    related: (id) => [
      { title: "Groups", operation: "v2.systems.memberOf.list", parameters: { system_id: id } },
      { title: "Users", operation: "v2.systems.users.list", parameters: { system_id: id } },
      { title: "Policies", operation: "v2.systems.policies.list", parameters: { system_id: id } },
    ],
  },
  groups: {
    title: "Groups",
    one: "group",
    list: "v2.groups.list",
    columns: [
      { field: "name", title: "Name", as: "name" },
      { field: "type", title: "Kind", as: "kind" },
      { field: "description", title: "Description", room: "much" },
      { field: "email", title: "Email", room: "much" },
    ],
    fields: ["name", "type", "disabled"],
    alternatives: false,
    query: ({ filter, words, sort }) => ({
      ...(sort && { sort }),
      ...((filter || words) && { filter: [filter ?? [], words ? { field: "name", operator: "search", value: words } : []].flat() }),
    }),
    get: (group) => (group["type"] === "system_group" ? "v2.systemGroups.get" : "v2.userGroups.get"),
    name: (group) => text(group["name"]) || text(group["id"]),
    related: (id, group) =>
      group["type"] === "system_group"
        ? [
            { title: "Systems", operation: "v2.systemGroups.membership.list", parameters: { group_id: id } },
            { title: "Policies", operation: "v2.systemGroups.policies.list", parameters: { group_id: id } },
          ]
        : [
            { title: "Members", operation: "v2.userGroups.membership.list", parameters: { group_id: id } },
            { title: "Systems", operation: "v2.userGroups.systems.list", parameters: { group_id: id } },
            { title: "Applications", operation: "v2.userGroups.applications.list", parameters: { group_id: id } },
          ],
  },
};

/** Where an object of the graph is looked at, and what it is called: by the graph's word for its type. */
export const KINDS: Record<string, { screen?: string; get: string; parameter: string; name(item: Item): string }> = {
  user: { screen: "users", get: "v1.systemUsers.get", parameter: "id", name: (user) => text(user["username"]) },
  system: { screen: "systems", get: "v1.systems.get", parameter: "id", name: (system) => text(system["displayName"]) },
  user_group: { screen: "groups", get: "v2.userGroups.get", parameter: "id", name: (group) => text(group["name"]) },
  system_group: { screen: "groups", get: "v2.systemGroups.get", parameter: "id", name: (group) => text(group["name"]) },
  policy: { get: "v2.policies.get", parameter: "id", name: (policy) => text(policy["name"]) },
  application: { get: "v1.applications.get", parameter: "id", name: (application) => text(application["displayLabel"]) || text(application["name"]) },
};

/** Filter operators in a person's words. */
export const OPERATORS: [string, string][] = [
  ["eq", "is"],
  ["ne", "is not"],
  ["search", "contains"],
  ["starts_with", "starts with"],
  ["ends_with", "ends with"],
  ["in", "is one of"],
  ["gt", "is over"],
  ["ge", "is at least"],
  ["lt", "is under"],
  ["le", "is at most"],
];

/** The v1 lists of people and machines have a search beside them, whose filters can say more. */
function searching({ filter, words, sort }: Wish, fields: string[]): Parameters {
  const body = { ...(sort && { sort }), ...(words && { searchFilter: { searchTerm: words, fields } }) };
  return { body, ...(filter && { filter }) };
}

export function idOf(item: Item): string {
  return text(item["_id"]) || text(item["id"]);
}

export function text(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}
