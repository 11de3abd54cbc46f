using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace ReasonIR.ServiceDefaults.Hub;

/// <summary>The hub refused, or what it gave is not what it promised.</summary>
/// <param name="message">Names repository and file, and what to do.</param>
/// <param name="status">The HTTP status; null where the connection or the content failed.</param>
public sealed class HubException(string message, HttpStatusCode? status = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The HTTP status; null where the connection or the content failed.</summary>
    public HttpStatusCode? Status { get; } = status;

    /// <summary>Whether trying again may help.</summary>
    public bool Passing { get; init; }

    /// <summary>How long the server asks to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What an answer means; the hub says in <c>X-Error-Code</c> what its statuses leave open.</summary>
    internal static async Task<HubException> FromAsync(HttpResponseMessage response, HubReference reference, string? file, bool hasToken, CancellationToken cancellation)
    {
        var (status, code) = (response.StatusCode, Header(response, "X-Error-Code"));
        var what = file is null ? $"{reference}" : $"{reference}: {file}";
        var kind = reference.Kind == HubKind.Model ? "model" : "data set";
        string With(string advice) => hasToken ? advice : $"{advice} HF_TOKEN is not set.";
        var message = (status, code) switch
        {
            (_, "GatedRepo") => With($"{what} is gated: its owner wants an agreement first; accept it on the hub and set HF_TOKEN to a token of that account."),
            (_, "RevisionNotFound") => $"{reference.Id} has no revision '{reference.Revision}'.",
            (_, "EntryNotFound") => $"{reference} has no file '{file}'.",
            (_, "RepoNotFound") or (HttpStatusCode.Unauthorized, _) => With($"{what}: there is no such {kind}, or it is private and the token does not open it."),
            (HttpStatusCode.Forbidden, _) => With($"{what}: the hub refuses access ({await SaysAsync(response, cancellation)})."),
            (HttpStatusCode.NotFound, _) => $"{what}: the hub does not know it.",
            (HttpStatusCode.TooManyRequests, _) => $"{what}: the hub wants fewer requests.",
            _ => $"{what}: the hub answered {(int)status} ({await SaysAsync(response, cancellation)}).",
        };
        return new(message, status) { Passing = status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout || (int)status >= 500, RetryAfter = Wait(response.Headers.RetryAfter) };
    }

    static TimeSpan? Wait(RetryConditionHeaderValue? header) => header switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date > DateTimeOffset.UtcNow ? date - DateTimeOffset.UtcNow : TimeSpan.Zero,
        _ => null,
    };

    static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    /// <summary>The server's own words, a line of them.</summary>
    static async Task<string> SaysAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var says = Header(response, "X-Error-Message");
        if (says is null && response.Content.Headers.ContentType?.MediaType == "application/json")
            try
            {
                await using var body = await HubClient.ReadBoundedAsync(response, 1 << 16, cancellation);
                using var json = await JsonDocument.ParseAsync(body, cancellationToken: cancellation);
                says = json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.String ? error.GetString() : null;
            }
            catch (Exception e) when (e is JsonException or InvalidDataException or HttpRequestException or IOException)
            {
                // The status says enough.
            }
        says ??= response.ReasonPhrase ?? "no reason given";
        return says.Length > 300 ? says[..300] : says;
    }
}
