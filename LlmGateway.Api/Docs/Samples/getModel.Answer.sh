curl http://localhost:8080/v1/models/llama3.2:1b \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY"
