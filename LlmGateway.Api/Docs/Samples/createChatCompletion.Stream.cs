#:package OpenAI@2.*
using System.ClientModel;
using OpenAI;
using OpenAI.Chat;

var client = new ChatClient(
    "llama3.2:1b",
    new ApiKeyCredential(Environment.GetEnvironmentVariable("LLM_GATEWAY_KEY")!),
    new OpenAIClientOptions { Endpoint = new Uri("http://localhost:8080/v1") });

await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync("Write a haiku about gateways."))
{
    foreach (ChatMessageContentPart part in update.ContentUpdate)
    {
        Console.Write(part.Text);
    }
}

Console.WriteLine();
