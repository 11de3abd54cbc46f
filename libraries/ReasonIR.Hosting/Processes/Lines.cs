using System.Text;

namespace ReasonIR.Hosting.Processes;

/// <summary>Splits a child's output into lines of bounded length.</summary>
static class Lines
{
    /// <summary>Characters; a longer line is cut into several, so that a child cannot fill our memory.</summary>
    public const int MaxLength = 16 * 1024;

    public static async Task PumpAsync(TextReader reader, Action<string> onLine)
    {
        var buffer = new char[4096];
        var line = new StringBuilder();
        try
        {
            for (int read; (read = await reader.ReadAsync(buffer)) > 0;)
            {
                foreach (var character in buffer.AsSpan(0, read))
                {
                    if (character is not '\n')
                        line.Append(character);
                    if (character is '\n' || line.Length >= MaxLength)
                        Flush();
                }
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The pipe ended with the child.
        }
        if (line.Length > 0)
            Flush();

        void Flush()
        {
            onLine(line.ToString().TrimEnd('\r'));
            line.Clear();
        }
    }
}
