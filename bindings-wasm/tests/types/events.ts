// Events: known by their service, and open to any other service and key.
import { JumpCloud } from "jumpcloud-client";
import type { InsightsEvent, InsightsSsoEvent } from "jumpcloud-client/types";
const jc = new JumpCloud({ apiKey: "key" });
for await (const event of jc.insights.events.query({ body: { service: ["all"], start_time: "2026-01-01T00:00:00Z" } })) {
  const when: string | undefined = event.timestamp;
  const anything: unknown = event["never_heard_of"];
  if (event.service === "sso") {
    const url: string | undefined = event.application?.sso_url;
    const more: unknown = event.initiated_by?.["new"];
    void [url, more];
  } else if (event.service === "directory") {
    for (const change of event.changes ?? []) { const to: unknown = change.to; void [change.field, to]; }
    // @ts-expect-error what it holds is known
    void event.association?.op.toFixed;
  } else if (event.service === "pam") {
    const who: string | undefined = event.initiated_by?.email;
    const session: unknown = event["session"];
    void [who, session];
  }
  void [when, anything];
}
const made: InsightsEvent[] = [{ service: "pam", anything: { at: "all" } }, { service: "sso", application: { name: "x", also: 1 } }, {}];
const only: InsightsSsoEvent[] = made.filter((event): event is InsightsSsoEvent => event.service === "sso");
export { only };
