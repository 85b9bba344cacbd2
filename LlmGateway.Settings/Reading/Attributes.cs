namespace LlmGateway.Settings.Reading;

/// <summary>The value is a secret: it is never shown.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute;

/// <summary>A list that a single text may stand for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OneOrManyAttribute : Attribute;

/// <summary>A text or a list in place of the whole object is taken for one property of it.</summary>
/// <param name="property">The property's name.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ShortFormAttribute(string property) : Attribute
{
    public string Property { get; } = property;
}
