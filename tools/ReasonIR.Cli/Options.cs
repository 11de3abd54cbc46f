using System.CommandLine;
using System.CommandLine.Parsing;

namespace ReasonIR.Cli;

/// <summary>Options that all verbs share.</summary>
public static class Options
{
    /// <summary>The portal to talk to.</summary>
    public static Option<Uri?> Server { get; } = new("--server") { Description = "Address of a running portal. Without it: the system of this machine, or a private one that is started and stopped.", Recursive = true, CustomParser = Address };

    /// <summary>Where the system of this machine keeps its data.</summary>
    public static Option<string?> Data { get; } = new("--data") { Description = "Data directory (default: REASONIR_DATA, else /var/lib/reasonir for root, else below the XDG data home).", Recursive = true };

    /// <summary>Machine-readable output.</summary>
    public static Option<bool> Json { get; } = new("--json") { Description = "Print JSON instead of tables.", Recursive = true };

    /// <summary>Adds the shared options and the action; errors end with exit code 1 and one clear line.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="act">Does it; returns the exit code.</param>
    /// <param name="json">Whether the shared <c>--json</c> switch applies (a verb may have its own).</param>
    public static Command Does(this Command command, Func<ParseResult, Session, CancellationToken, Task<int>> act, bool json = true)
    {
        command.Options.Add(Server);
        command.Options.Add(Data);
        if (json)
            command.Options.Add(Json);
        command.SetAction((parse, cancellation) => Guard.RunAsync(parse, act, cancellation));
        return command;
    }

    /// <summary>The library converts no addresses by itself.</summary>
    static Uri? Address(ArgumentResult result)
    {
        if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var url) && url.Scheme is ("http" or "https"))
            return url;
        result.AddError($"--server {result.Tokens[0].Value}: expected an address such as http://127.0.0.1:5080.");
        return null;
    }
}
