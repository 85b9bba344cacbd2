curl -X POST http://localhost:8080/admin/queue/dead-letters/job_0198c0de/replay \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY"
