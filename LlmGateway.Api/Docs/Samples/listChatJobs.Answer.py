# pip install openai
import os
from openai import OpenAI

client = OpenAI(base_url="http://localhost:8080/v1", api_key=os.environ["LLM_GATEWAY_KEY"])

page = client.get("/chat/jobs?status=running&limit=20", cast_to=object)
for job in page["data"]:
    print(job["id"], job["progress"])
