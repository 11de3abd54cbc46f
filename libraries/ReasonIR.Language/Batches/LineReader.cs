using System.Text;

namespace ReasonIR.Language.Batches;

/// <summary>Lines of at most so many characters: a file without an end of line must not fill the memory.</summary>
sealed class LineReader(TextReader reader, long most)
{
    readonly char[] buffer = new char[16 * 1024];
    int at, filled;

    /// <returns>The next line without its end, or null at the end.</returns>
    /// <exception cref="IOException">A line is longer.</exception>
    public async Task<string?> ReadAsync(CancellationToken cancellation)
    {
        var line = new StringBuilder();
        while (true)
        {
            if (at == filled)
            {
                (at, filled) = (0, await reader.ReadAsync(buffer, cancellation));
                if (filled == 0)
                    return line.Length > 0 ? line.ToString() : null;
            }
            var end = Array.IndexOf(buffer, '\n', at, filled - at);
            var count = (end < 0 ? filled : end) - at;
            if (line.Length + count > most)
                throw new IOException($"a line is longer than {most} characters");
            line.Append(buffer, at, count);
            at += count + (end < 0 ? 0 : 1);
            if (end >= 0)
                return line.ToString().TrimEnd('\r');
        }
    }
}
