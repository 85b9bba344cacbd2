curl http://localhost:8080/providers \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY"
