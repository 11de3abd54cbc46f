namespace ReasonIR.Retrieval.Collections;

/// <summary>How a table is written.</summary>
/// <param name="Delimiter">One ASCII character.</param>
/// <param name="Quoted">
/// RFC 4180: a field that begins with " ends at the next lone ", "" stands for one, and it may hold delimiters and line ends. A "
/// inside a field that does not begin with one is itself. False: no character is special.
/// </param>
/// <param name="Header">The first record names the columns; otherwise they are called 1, 2, 3 …</param>
public sealed record DelimitedFormat(char Delimiter, bool Quoted = true, bool Header = true)
{
    public static DelimitedFormat Csv { get; } = new(',');

    public static DelimitedFormat Tsv { get; } = new('\t');
}
