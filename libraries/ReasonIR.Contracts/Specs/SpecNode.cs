namespace ReasonIR.Contracts.Specs;

/// <summary>A piece of a spec as it was written, with the line it stands on (from 1; 0: unknown).</summary>
public abstract record SpecNode(int Line);

/// <summary>A text, number, truth value or null.</summary>
/// <param name="Text">As written, without quotes; null: null.</param>
/// <param name="Quoted">A text even where it looks like a number.</param>
public sealed record SpecScalar(string? Text, bool Quoted, int Line) : SpecNode(Line);

/// <summary>A list.</summary>
public sealed record SpecList(IReadOnlyList<SpecNode> Items, int Line) : SpecNode(Line);

/// <summary>Fields by name; mutable, so that single ones can be set.</summary>
public sealed record SpecMap(List<SpecField> Fields, int Line) : SpecNode(Line)
{
    /// <summary>The field's value, or null.</summary>
    public SpecNode? this[string name] => Fields.FirstOrDefault(field => field.Name == name)?.Value;

    /// <summary>Sets a field, in its place where it is there.</summary>
    public void Set(string name, SpecNode value)
    {
        var place = Fields.FindIndex(field => field.Name == name);
        if (place >= 0)
            Fields[place] = new(name, value, value.Line);
        else
            Fields.Add(new(name, value, value.Line));
    }
}

/// <summary>A named value.</summary>
public sealed record SpecField(string Name, SpecNode Value, int Line);

/// <summary>What is wrong with a spec.</summary>
/// <param name="Field">Its path, e.g. <c>data.sources[0].weight</c>; empty: the whole.</param>
/// <param name="Message">What was expected and what was found.</param>
/// <param name="Line">Where it stands in the file, from 1; 0: unknown.</param>
public sealed record SpecProblem(string Field, string Message, int Line = 0)
{
    /// <inheritdoc/>
    public override string ToString() => $"{(Line > 0 ? $"line {Line}: " : "")}{(Field.Length > 0 ? $"{Field}: " : "")}{Message}";
}

/// <summary>A text is no YAML or JSON at all.</summary>
public sealed class SpecSyntaxException(string message, int line, Exception? inner = null) : FormatException(line > 0 ? $"line {line}: {message}" : message, inner);
