curl "http://localhost:8080/admin/queue/dead-letters?queue=chat&limit=20" \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY"
