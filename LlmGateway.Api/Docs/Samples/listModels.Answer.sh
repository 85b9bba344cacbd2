curl http://localhost:8080/v1/models \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY"
