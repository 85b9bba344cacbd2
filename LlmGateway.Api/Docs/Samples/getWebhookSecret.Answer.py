import json, os, urllib.request

request = urllib.request.Request(
    "http://localhost:8080/v1/webhooks/secret",
    headers={"Authorization": f"Bearer {os.environ['LLM_GATEWAY_KEY']}"},
)
with urllib.request.urlopen(request) as response:
    print(json.load(response)["secret"])
