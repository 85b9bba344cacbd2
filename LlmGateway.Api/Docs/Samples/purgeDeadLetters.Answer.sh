curl http://localhost:8080/admin/queue/dead-letters/purge \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY" \
  -H "Content-Type: application/json" \
  -d '{"queue":"chat","confirm":true}'
