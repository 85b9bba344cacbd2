#:package OpenAI@2.*
using System.ClientModel;
using OpenAI;
using OpenAI.Models;

var client = new OpenAIModelClient(
    new ApiKeyCredential(Environment.GetEnvironmentVariable("LLM_GATEWAY_KEY")!),
    new OpenAIClientOptions { Endpoint = new Uri("http://localhost:8080/v1") });

OpenAIModelCollection models = await client.GetModelsAsync();
foreach (OpenAIModel model in models)
{
    Console.WriteLine($"{model.Id} {model.OwnedBy}");
}
