curl -N http://localhost:8080/stream \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY" \
  -H "Content-Type: application/json" \
  -d '{"prompt":"Write a short story about AI"}'
