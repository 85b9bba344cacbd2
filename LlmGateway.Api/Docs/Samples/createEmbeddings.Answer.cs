#:package OpenAI@2.*
using System.ClientModel;
using OpenAI;
using OpenAI.Embeddings;

var client = new EmbeddingClient(
    "nomic-embed-text",
    new ApiKeyCredential(Environment.GetEnvironmentVariable("LLM_GATEWAY_KEY")!),
    new OpenAIClientOptions { Endpoint = new Uri("http://localhost:8080/v1") });

OpenAIEmbeddingCollection answer = await client.GenerateEmbeddingsAsync(["The quick brown fox", "jumps over the lazy dog"]);
Console.WriteLine($"{answer.Count} vectors of {answer[0].ToFloats().Length}");
