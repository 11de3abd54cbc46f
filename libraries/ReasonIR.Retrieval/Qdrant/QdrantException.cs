using System.Net;

namespace ReasonIR.Retrieval.Qdrant;

/// <summary>Qdrant refused, cannot be reached, or is of a version that cannot be used.</summary>
/// <param name="status">Its HTTP status; null where it did not answer.</param>
public sealed class QdrantException(string message, HttpStatusCode? status = null, Exception? inner = null) : IOException(message, inner)
{
    public HttpStatusCode? Status { get; } = status;

    /// <summary>When another attempt may succeed, as the server says.</summary>
    internal TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether another attempt may succeed.</summary>
    internal bool IsTransient => Status is null or HttpStatusCode.RequestTimeout or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway
        or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout || Status == HttpStatusCode.TooManyRequests && RetryAfter is not null;
}
