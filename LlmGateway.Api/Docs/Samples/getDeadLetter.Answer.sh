curl http://localhost:8080/admin/queue/dead-letters/job_0198c0de \
  -H "Authorization: Bearer $LLM_GATEWAY_KEY"
