curl "http://localhost:8080/v1/batches?limit=10" \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY"
