curl http://localhost:8080/admin/queue/dead-letters/replay \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY" \
  -H "Content-Type: application/json" \
  -d '{"queue":"chat"}'
