"""Each line that ends in `# wrong` is an error for mypy and for pyright, and no other line is."""

from jumpcloud_client import AsyncJumpCloud, F, JumpCloud, bodies, models

jc = JumpCloud(api_key="key")

jc.v1.system_users.lst()  # wrong
jc.v1.system_user.list()  # wrong
jc.v1.system_users.list(filtr=F.a == 1)  # wrong
jc.v1.system_users.list(filter=3)  # wrong
jc.v1.system_users.list("department:eq:IT")  # wrong
jc.v1.system_users.list(limit="10")  # wrong
jc.v1.system_users.list(options={"timeuot": 1})  # wrong
jc.v1.system_users.get()  # wrong
jc.v1.system_users.get(id=5)  # wrong
jc.v1.system_users.get(id="5f1b").emial  # wrong
jc.v1.system_users.get(id="5f1b").email + 1  # wrong
jc.v1.system_users.create(body={"usrname": "ada"})  # wrong
jc.v1.system_users.update(id="5f1b", body={"username": None})  # wrong
jc.v1.system_users.create(body={"username": 5, "email": "a"})  # wrong
jc.v2.user_groups.members.change(group_id="5f1b", body={"op": "add"})  # wrong
jc.v2.system_insights.apps.list(limit=1.5)  # wrong
jc.playbooks.users.suspend()  # wrong
jc.playbooks.users.suspend(user="ada").user.state  # wrong
jc.playbooks.users.suspend(user="ada", dryrun=True)  # wrong
jc.call("v1.system_users.get", options={"attempts": "1"}, id="5f1b")  # wrong
bodies.SystemUserPost(username="ada", emial="x")  # wrong
JumpCloud("key", "eu")  # wrong
JumpCloud(api_kye="key")  # wrong
JumpCloud(service_account="id")  # wrong


async def awaited(jc: AsyncJumpCloud) -> models.UserGroup:
    for group in jc.v2.user_groups.list():  # wrong
        pass
    return jc.v2.user_groups.get(id="5f1b")  # wrong
