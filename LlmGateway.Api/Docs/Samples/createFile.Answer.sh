curl http://localhost:8080/v1/files \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY" \
  -F purpose=batch \
  -F file=@requests.jsonl
