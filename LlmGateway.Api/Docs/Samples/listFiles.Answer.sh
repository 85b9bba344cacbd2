curl "http://localhost:8080/v1/files?purpose=batch&limit=20" \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY"
