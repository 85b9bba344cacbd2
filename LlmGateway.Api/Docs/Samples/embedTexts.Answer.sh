curl http://localhost:8080/embeddings \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY" \
  -H "Content-Type: application/json" \
  -d '{"text":"Text to embed"}'
