using Npgsql;

namespace LlmGateway.TestGateway;

/// <summary>What tests ask a database, each time on a connection of its own: those of a pool break when the server is harmed.</summary>
public static class Database
{
    /// <summary>The first column of all rows.</summary>
    public static async Task<List<T>> QueryAsync<T>(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var values = new List<T>();
        while (await reader.ReadAsync())
        {
            values.Add(reader.GetFieldValue<T>(0));
        }

        return values;
    }

    /// <summary>What a <c>select count(*)</c> counts.</summary>
    public static async Task<long> CountAsync(string connectionString, string sql) => Assert.Single(await QueryAsync<long>(connectionString, sql));
}
