#:package OpenAI@2.*
using System.ClientModel;
using OpenAI;
using OpenAI.Models;

var client = new OpenAIModelClient(
    new ApiKeyCredential(Environment.GetEnvironmentVariable("LLM_GATEWAY_KEY")!),
    new OpenAIClientOptions { Endpoint = new Uri("http://localhost:8080/v1") });

OpenAIModel model = await client.GetModelAsync("llama3.2:1b");
Console.WriteLine(model.OwnedBy);
