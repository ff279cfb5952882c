import JumpCloudClient
print("todo")
