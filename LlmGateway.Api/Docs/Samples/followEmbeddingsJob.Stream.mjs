// npm install eventsource
import { EventSource } from "eventsource";

const events = new EventSource("http://localhost:8080/v1/embeddings/jobs/job_0197c1f2a4b37c55a1e2d3c4b5a69788/events", {
  fetch: (url, init) =>
    fetch(url, { ...init, headers: { ...init.headers, Authorization: `Bearer ${process.env.LLM_GATEWAY_KEY}` } }),
});

let chunks = [];
events.addEventListener("started", () => (chunks = []));
events.addEventListener("chunk", (event) => chunks.push(JSON.parse(event.data)));
for (const end of ["completed", "failed", "cancelled", "expired"]) {
  events.addEventListener(end, () => {
    events.close();
    console.log(end, chunks.length);
  });
}
