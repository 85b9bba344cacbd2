using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace LlmGateway.Data.Model;

/// <summary>Stores an enum as lower-case text, so that rows read well in psql and a new value needs no migration of a type.</summary>
internal sealed class EnumText<T>() : ValueConverter<T, string>(value => Write(value), text => Read(text))
    where T : struct, Enum
{
    public static string Write(T value) => SnakeCase.From(value.ToString());

    public static T Read(string text) => Enum.Parse<T>(text.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
}

internal static class EnumTextExtensions
{
    /// <summary>Stores the property as text and lets the database refuse anything that is not a value of the enum.</summary>
    public static void StoredAsText<TEntity, TEnum>(
        this EntityTypeBuilder<TEntity> entity, string table, System.Linq.Expressions.Expression<Func<TEntity, TEnum>> property)
        where TEntity : class
        where TEnum : struct, Enum
    {
        var builder = entity.Property(property).HasConversion<EnumText<TEnum>>();
        var column = SnakeCase.From(builder.Metadata.Name);
        var values = string.Join(", ", Enum.GetValues<TEnum>().Select(value => $"'{EnumText<TEnum>.Write(value)}'"));
        entity.ToTable(table, t => t.HasCheckConstraint($"ck_{table}_{column}", $"{column} in ({values})"));
    }
}
