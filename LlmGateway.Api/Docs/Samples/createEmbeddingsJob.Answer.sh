curl http://localhost:8080/v1/embeddings/jobs \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY" \
  -H "Idempotency-Key: vectors-42" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "nomic-embed-text",
    "input": ["The quick brown fox"],
    "priority": "high"
  }'
