# pip install openai
import os
from openai import OpenAI

client = OpenAI(base_url="http://localhost:8080/v1", api_key=os.environ["LLM_GATEWAY_KEY"])

job = client.get("/chat/jobs/job_0197c1f2a4b37c55a1e2d3c4b5a69788", cast_to=object)
print(job["status"], job["progress"], job.get("result"))
