using System.Text;

namespace ReasonIR.Retrieval.Runs;

/// <summary>Columns of a line, separated by any run of ASCII white space, as C's <c>isspace</c> sees it.</summary>
static class Columns
{
    static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Finds the columns; returns how many there are, which may be more than fit.</summary>
    public static int Split(ReadOnlySpan<byte> line, Span<Range> columns)
    {
        var count = 0;
        for (var at = 0; at < line.Length;)
        {
            while (at < line.Length && IsSpace(line[at]))
                at++;
            var start = at;
            while (at < line.Length && !IsSpace(line[at]))
                at++;
            if (at == start)
                break;
            if (count < columns.Length)
                columns[count] = start..at;
            count++;
        }
        return count;
    }

    /// <summary>The text of a column; bytes that are not UTF-8 are refused, because two ids could become one.</summary>
    public static string Text(ReadOnlySpan<byte> column, string file, int line)
    {
        try
        {
            return Strict.GetString(column);
        }
        catch (DecoderFallbackException e)
        {
            throw new DataFileException(file, line, "not valid UTF-8", e);
        }
    }

    public static bool IsSpace(byte b) => b is (byte)' ' or (>= 9 and <= 13);

    /// <summary>Whether a text can stand in a column: not empty and without white space.</summary>
    public static bool Fits(string text) => text.Length > 0 && !text.AsSpan().ContainsAny(" \t\n\v\f\r");
}
