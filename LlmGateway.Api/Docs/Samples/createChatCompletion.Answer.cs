#:package OpenAI@2.*
using System.ClientModel;
using OpenAI;
using OpenAI.Chat;

var client = new ChatClient(
    "llama3.2:1b",
    new ApiKeyCredential(Environment.GetEnvironmentVariable("LLM_GATEWAY_KEY")!),
    new OpenAIClientOptions { Endpoint = new Uri("http://localhost:8080/v1") });

ChatCompletion answer = await client.CompleteChatAsync("Why is the sky blue?");
Console.WriteLine(answer.Content[0].Text);
