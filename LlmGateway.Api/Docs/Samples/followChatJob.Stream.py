# pip install httpx
import os
import time
import httpx

url = "http://localhost:8080/v1/chat/jobs/job_0197c1f2a4b37c55a1e2d3c4b5a69788/events"
headers = {"Authorization": f"Bearer {os.environ['LLM_GATEWAY_KEY']}"}

while headers.get("Last-Event-ID") != "end":
    try:
        with httpx.stream("GET", url, headers=headers, timeout=60) as response:
            response.raise_for_status()
            for line in response.iter_lines():
                if line.startswith(("event: ", "data: ")):
                    print(line)
                elif line.startswith("id: "):
                    headers["Last-Event-ID"] = line[4:]
    except httpx.TransportError:
        time.sleep(1)
