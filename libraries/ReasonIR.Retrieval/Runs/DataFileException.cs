namespace ReasonIR.Retrieval.Runs;

/// <summary>A line of a file that cannot be read as what it should be.</summary>
/// <param name="file">The file's path or name.</param>
/// <param name="line">The line, from 1.</param>
/// <param name="problem">What was found and what was expected.</param>
public sealed class DataFileException(string file, int line, string problem, Exception? inner = null)
    : FormatException($"{file}:{line}: {problem}", inner)
{
    public string File { get; } = file;

    public int Line { get; } = line;
}
