curl http://localhost:8080/v1/chat/jobs \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY" \
  -H "Idempotency-Key: order-42" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "llama3.2:1b",
    "messages": [{"role": "user", "content": "Summarise the minutes."}],
    "priority": "high"
  }'
