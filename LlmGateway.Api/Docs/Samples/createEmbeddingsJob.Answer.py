# pip install openai
import os
from openai import OpenAI

client = OpenAI(base_url="http://localhost:8080/v1", api_key=os.environ["LLM_GATEWAY_KEY"])

job = client.post(
    "/embeddings/jobs",
    cast_to=object,
    body={
        "model": "nomic-embed-text",
        "input": ["The quick brown fox"],
        "priority": "high",
    },
    options={"headers": {"Idempotency-Key": "vectors-42"}},
)
print(job["id"], job["status"])
