"""What a program may look like: `mypy --strict` and pyright find nothing to say."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, assert_type

from jumpcloud_client import (
    AsyncJumpCloud,
    Content,
    F,
    Filter,
    JumpCloud,
    JumpCloudError,
    List,
    NotFoundError,
    RateLimitedError,
    Record,
    Records,
    Reply,
    Request,
    Response,
    SystemContext,
    bodies,
    models,
)


def in_department(jc: JumpCloud, department: str) -> Iterator[models.SystemUser]:
    yield from jc.v1.system_users.list(filter=F.department == department, fields=["email", "username"])


with JumpCloud(api_key="key", region="eu", org_id="5f1b", timeout=5, concurrency=2) as jc:
    users = jc.v1.system_users.list(filter=(F.state == "ACTIVATED") & ~F.email.contains("test"))
    assert_type(users, List[models.SystemUser])
    for user in users:
        print(user.email.lower(), user["customField"], user.get("email"))
        assert_type(user.account_locked, bool)
    print(users.total)
    assert_type(users.all(limit=10), Records[models.SystemUser])
    for page in users.pages():
        assert_type(page, Records[models.SystemUser])
        json.dumps(page)

    found = jc.v1.system_users.get(id="5f1b")
    assert_type(found, models.SystemUser)
    new: bodies.SystemUserPost = {"username": "ada", "email": "ada@example.com"}
    jc.v1.system_users.create(body=new)
    jc.v1.system_users.create(body={"username": "ada", "email": "ada@example.com"})
    # What the stubs do not know yet.
    jc.v1.system_users.create(body=Record({**new, "fieldOfTomorrow": 1}))

    # None clears, and comes where nothing is.
    jc.v1.system_users.update(id="5f1b", body={"manager": None})
    jc.v1.systems.update(id="5f1b", body={"primarySystemUser.id": None, "description": "spare"})
    assert_type(found.manager, str | None)
    jc.v2.user_groups.replace(id="5f1b", body={"name": "IT", "attributes": {"cost center": "R&D", "sambaEnabled": True}})

    jc.v2.user_groups.members.change(group_id="5f1b", body={"op": "add", "type": "user", "id": "5f1c"})
    jc.v2.user_groups.list(filter="name:eq:Staff")
    jc.v2.user_groups.list(filter=["name:eq:Staff", F.type == "user_group"], options={"limit": 5, "page_size": 2})
    either: Filter = (F.a > 1) | F["b.c"].is_in(["x", "y"])

    since = datetime.now(UTC) - timedelta(days=1)
    for event in jc.insights.events.query(body={"service": ["all"], "start_time": since}, filter=F.event_type == "x"):
        print(event.timestamp, event["never_heard_of"], event.get("session"))
        if event.service == "sso":
            print(event.application.sso_url, event.auth_context.policies_applied[0].name, event.new_key)
        elif event.service == "directory":
            print([(change.field, change.get("to")) for change in event.changes])
        elif event.service == "pam":
            print(event.session, event.initiated_by.email)
    jc.v1.system_users.list(filter=None, limit=None)

    file = jc.v2.logos.download(id="5f1b")
    assert_type(file, Content)
    Path("logo").write_bytes(file)
    print(file.media_type)
    jc.v2.applications.logo.upload(application_id="5f1b", body={"image": Path("logo")})

    assert_type(jc.call("v2.user_groups.list", filter="name:eq:x"), List[models.UserGroup])
    assert_type(jc.call("v1.system_users.get", id="5f1b"), models.SystemUser)
    name: str = input()
    assert_type(jc.call(name), Any)
    assert_type(jc.send("v1.system_users.list"), Reply)
    assert_type(jc.prepare("v1.system_users.list"), Request)
    suspended = jc.playbooks.users.suspend(user="ada", dry_run=True)
    assert_type(suspended, models.UserStateResult)
    assert_type(suspended.requests, list[str])
    print(suspended.before.state, suspended.after["state"], suspended.changed, suspended.user.username)
    ran = jc.playbooks.commands.run(command="x", systems=["a", "b"], timeout=30)
    print([result.output for result in ran.results if result.finished])
    assert_type(jc.playbook("users.suspend", user="ada"), models.UserStateResult)
    assert_type(jc.playbook(name, user="ada"), Any)
    jc.operations("groups", "members")[0].keys()
    jc.scopes(["v1.system_users.list"])

    try:
        jc.v1.system_users.delete(id="5f1b", options={"attempts": 1, "progress": lambda received, total: None})
    except NotFoundError as error:
        print(error.request_id, error.details)
    except RateLimitedError as error:
        print((error.retry_after or 0) + 1)
    except JumpCloudError as error:
        print(error.kind, error.status, error.body.decode())


class Mock:
    """A transport of one's own."""

    def send(self, request: Request) -> Response:
        print(request.method, request.url, request.headers, request.body)
        return Response(200, {"content-type": "application/json"}, b"[]")


JumpCloud(api_key="key", transport=Mock())
JumpCloud(service_account=("id", "secret"), base_urls={"console": "http://localhost"})
JumpCloud(system_context=SystemContext("5f1b", private_key=Path("client.key")))
AsyncJumpCloud(system_context=SystemContext.from_agent())
