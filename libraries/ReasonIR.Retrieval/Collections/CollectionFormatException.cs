namespace ReasonIR.Retrieval.Collections;

/// <summary>A file of a collection does not read as what it should be.</summary>
/// <param name="file">The file as the user knows it.</param>
/// <param name="line">From 1; 0 where the file as a whole is meant.</param>
/// <param name="field">The column or property, or null.</param>
/// <param name="problem">What was expected and what was found.</param>
public sealed class CollectionFormatException(string file, long line, string? field, string problem, Exception? inner = null)
    : FormatException($"{file}{(line > 0 ? $", line {line}" : "")}{(field is null ? "" : $", field \"{field}\"")}: {problem}", inner)
{
    public string File { get; } = file;

    public long Line { get; } = line;

    public string? Field { get; } = field;
}
