using System.Diagnostics;
using System.Text.Json;

namespace LlmGateway.AppHost.Commands;

internal static class TestPromptCommand
{
    private const string Model = "model";
    private const string Prompt = "prompt";

    public static IResourceBuilder<ProjectResource> WithTestPrompt(this IResourceBuilder<ProjectResource> api, GatewayApi gateway) =>
        api.WithCommand("test-prompt", "Send a test prompt", context => SendAsync(gateway, context), new CommandOptions
        {
            Description = "Asks a model and shows its answer",
            IconName = "ChatSparkle",
            IsHighlighted = true,
            UpdateState = DashboardCommands.EnabledWhenHealthy,
            Progress = new CommandProgressOptions { Message = "Waiting for the model's answer" },
            Arguments =
            [
                // First, as the dashboard (13.6.5) fails when it sets the focus to a choice that is still being loaded.
                new InteractionInput { Name = Prompt, Label = "Prompt", InputType = InputType.Text, Required = true, Value = "Why is the sky blue?" },
                new InteractionInput
                {
                    Name = Model,
                    Label = "Model",
                    Description = "A model or an alias, of those that the gateway has now",
                    InputType = InputType.Choice,
                    Required = true,
                    // Whoever runs the command without the dialog (aspire's CLI, a test) has no list to choose from.
                    AllowCustomChoice = true,
                    DynamicLoading = new InputLoadOptions { AlwaysLoadOnStart = true, LoadCallback = context => LoadModelsAsync(gateway, context) },
                },
            ],
        });

    private static async Task LoadModelsAsync(GatewayApi gateway, LoadInputContext context)
    {
        var (answer, _) = await gateway.SendAsync(HttpMethod.Get, "/v1/models", null, context.CancellationToken);
        if (answer is { } list)
        {
            var names = list.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()!).ToArray();
            context.Input.Options = [.. names.Select(name => KeyValuePair.Create(name, name))];
            context.Input.Value ??= names.FirstOrDefault(name => !name.Contains("embed", StringComparison.OrdinalIgnoreCase));
        }
    }

    private static async Task<ExecuteCommandResult> SendAsync(GatewayApi gateway, ExecuteCommandContext context)
    {
        var model = context.Arguments.GetString(Model);
        var started = Stopwatch.GetTimestamp();
        var (answer, error) = await gateway.SendAsync(
            HttpMethod.Post,
            "/v1/chat/completions",
            new { model, messages = new[] { new { role = "user", content = context.Arguments.GetString(Prompt) } } },
            context.CancellationToken);
        return answer is { } chat
            ? CommandResults.Success($"{model} answered.", Result(chat, Stopwatch.GetElapsedTime(started)))
            : CommandResults.Failure(error!);
    }

    private static CommandResultData Result(JsonElement chat, TimeSpan time)
    {
        var content = chat.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();
        var usage = chat.TryGetProperty("usage", out var counted) && counted.ValueKind == JsonValueKind.Object
            ? $", {counted.GetProperty("prompt_tokens")} tokens in, {counted.GetProperty("completion_tokens")} out"
            : "";
        return new CommandResultData
        {
            Value = FormattableString.Invariant($"{content}\n\n({chat.GetProperty("model").GetString()}, {time.TotalSeconds:0.00} s{usage})"),
            Format = CommandResultFormat.Text,
            DisplayImmediately = true,
        };
    }
}
