using System.CommandLine;
using System.Text.Json;
using ReasonIR.Contracts;

namespace ReasonIR.Cli;

/// <summary>Runs a verb and turns failures into one clear line on the error stream and an exit code.</summary>
public static class Guard
{
    /// <summary>The verb failed.</summary>
    public const int Failed = 1;

    /// <summary>The user stopped it.</summary>
    public const int Interrupted = 130;

    /// <summary>Connects, acts, and stops what was started for it.</summary>
    public static async Task<int> RunAsync(ParseResult parse, Func<ParseResult, Session, CancellationToken, Task<int>> act, CancellationToken cancellation)
    {
        try
        {
            await using var session = await Session.OpenAsync(parse.GetValue(Options.Server), parse.GetValue(Options.Data), cancellation);
            return await act(parse, session, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return Interrupted;
        }
        catch (Exception e) when (e is ServiceException or ArgumentException or IOException or UnauthorizedAccessException or InvalidOperationException or InvalidDataException or HttpRequestException or JsonException or FormatException)
        {
            Console.Error.WriteLine($"reasonir: {e.Message}");
            return Failed;
        }
    }
}
