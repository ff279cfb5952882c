"""The same with `async`."""

from typing import assert_type

import httpx2
from jumpcloud_client import AsyncJumpCloud, AsyncList, F, JumpCloud, Records, Request, Response, models


class Mock:
    async def send(self, request: Request) -> Response:
        return Response(200, [("content-type", "application/json")], b"[]")


async def main() -> None:
    async with AsyncJumpCloud(transport=Mock()) as jc:
        groups = jc.v2.user_groups.list(filter=F.name.starts_with("A"))
        assert_type(groups, AsyncList[models.UserGroup])
        async for group in groups:
            print(group.name)
        async for page in groups.pages():
            assert_type(page, Records[models.UserGroup])
        assert_type(await groups.all(limit=3), Records[models.UserGroup])
        assert_type(await jc.v1.system_users.get(id="5f1b"), models.SystemUser)
        assert_type(await jc.call("v1.system_users.get", id="5f1b"), models.SystemUser)
        assert_type(jc.call("v2.user_groups.list"), AsyncList[models.UserGroup])
        (await jc.send("v1.system_users.list")).headers
        found: models.SystemUser = await jc.playbooks.users.find(user="ada")
        joined: models.GroupMemberResult = await jc.playbook("groups.add_member", group="x", user=found.username)
        print(joined.after.member)
        await jc.v2.user_groups.delete(id="5f1b")


AsyncJumpCloud(transport=httpx2.AsyncClient(proxy="http://localhost:3128"))
JumpCloud(transport=httpx2.Client(timeout=5))
