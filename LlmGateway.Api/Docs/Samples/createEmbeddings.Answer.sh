curl http://localhost:8080/v1/embeddings \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "nomic-embed-text",
    "input": ["The quick brown fox", "jumps over the lazy dog"]
  }'
