using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace ReasonIR.ServiceDefaults.Telemetry;

/// <summary><c>12:03:04 info Search.Indexing: built 3 shards run=42</c>: time (UTC), level, category without its first name, message, scope values.</summary>
sealed class LineFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "line";

    /// <summary>The framework's scopes of every request: noise in a line, still there in JSON and telemetry.</summary>
    static readonly HashSet<string> Noise = ["ConnectionId", "RequestId", "RequestPath", "SpanId", "TraceId", "ParentId", "ActionId", "ActionName", "TransportConnectionId", "HttpMethod", "Uri", "{OriginalFormat}"];

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter writer)
    {
        var message = entry.Formatter(entry.State, entry.Exception);
        writer.Write($"{DateTime.UtcNow:HH:mm:ss} {Level(entry.LogLevel)} {Shorten(entry.Category)}: {message}");
        scopes?.ForEachScope((scope, output) =>
        {
            if (scope is not IEnumerable<KeyValuePair<string, object?>> values)
                return;
            foreach (var (name, value) in values)
                if (!Noise.Contains(name))
                    output.Write($" {name}={value}");
        }, writer);
        writer.Write('\n');
        if (entry.Exception is { } exception)
            writer.Write($"{exception}\n");
    }

    static string Shorten(string category) => category.StartsWith("ReasonIR.", StringComparison.Ordinal) ? category["ReasonIR.".Length..] : category;

    static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };
}
