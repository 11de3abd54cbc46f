using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Contracts;

/// <summary>A service refused or failed; the message is the detail of its ProblemDetails.</summary>
/// <param name="message">The service's words.</param>
/// <param name="status">The HTTP status.</param>
public sealed class ServiceException(string message, HttpStatusCode status) : Exception(message)
{
    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>The body of a good answer, or the exception of a bad one.</summary>
    public static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await ThrowIfFailedAsync(response, cancellationToken);
        return await response.Content.ReadFromJsonAsync<T>(ReasonIrJson.Web, cancellationToken)
            ?? throw new ServiceException($"{response.RequestMessage?.RequestUri}: expected JSON, found null.", response.StatusCode);
    }

    /// <summary>Throws what a bad answer says.</summary>
    public static async Task ThrowIfFailedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
            return;
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        throw new ServiceException(Detail(body) ?? $"{response.RequestMessage?.RequestUri} answered {(int)response.StatusCode}.", response.StatusCode);
    }

    static string? Detail(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            foreach (var name in new[] { "detail", "title" })
                if (json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text)
                    return text;
            // The encoder answers in OpenAI's error shape.
            return json.RootElement.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object && error.TryGetProperty("message", out var message)
                ? message.GetString()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
