using Microsoft.Extensions.Configuration;

namespace LlmGateway.TestSupport;

/// <summary>Settings in memory that change while a host runs. Of two values for one setting the later counts; null removes it.</summary>
public sealed class ChangeableConfiguration : ConfigurationProvider, IConfigurationSource
{
    public ChangeableConfiguration(params (string Name, string? Value)[] settings) => Put(settings);

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public void Change(params (string Name, string? Value)[] settings)
    {
        Put(settings);
        OnReload();
    }

    private void Put((string Name, string? Value)[] settings)
    {
        foreach (var (name, value) in settings)
        {
            if (value is null)
            {
                Data.Remove(name);
            }
            else
            {
                Data[name] = value;
            }
        }
    }
}
