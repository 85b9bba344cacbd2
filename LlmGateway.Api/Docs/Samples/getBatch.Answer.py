# pip install openai
import os
from openai import OpenAI

client = OpenAI(base_url="http://localhost:8080/v1", api_key=os.environ["LLM_GATEWAY_KEY"])

batch = client.batches.retrieve("batch_019358c2d1f07c2e8a54b0d9a1c3e5f7")
print(batch.status, batch.request_counts)
if batch.output_file_id:
    print(client.files.content(batch.output_file_id).text)
