using Microsoft.AspNetCore.Builder;

namespace LlmGateway.ServiceDefaults.Tests.Logging;

public class LogLevelTests
{
    private const string Commands = "Logging:LogLevel:Npgsql";

    [Theory]
    [InlineData(null, "Warning")]
    [InlineData("Debug", "Debug")]
    public void EveryCommandOfTheDatabase_IsNotLogged_UnlessSomebodyAsks(string? asked, string expected)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        if (asked is not null)
        {
            builder.Configuration[Commands] = asked;
        }

        builder.AddServiceDefaults();

        Assert.Equal(expected, builder.Configuration[Commands]);
    }
}
