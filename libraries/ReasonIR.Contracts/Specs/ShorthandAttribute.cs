namespace ReasonIR.Contracts.Specs;

/// <summary>A record that may be written as the value of one of its properties alone: <c>base: tiny</c> for <c>base: {model: tiny}</c>.</summary>
/// <param name="property">That property.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ShorthandAttribute(string property) : Attribute
{
    /// <summary>The property's name in C#.</summary>
    public string Property => property;
}
