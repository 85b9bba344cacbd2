const response = await fetch("http://localhost:8080/v1/webhooks/secret", {
  headers: { Authorization: `Bearer ${process.env.LLM_GATEWAY_KEY}` },
});

const { secret } = await response.json();
console.log(secret);
