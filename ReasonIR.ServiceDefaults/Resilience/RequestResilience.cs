namespace ReasonIR.ServiceDefaults.Resilience;

/// <summary>What one request allows.</summary>
public static class RequestResilience
{
    static readonly HttpRequestOptionsKey<bool> Idempotent = new("reasonir.idempotent");
    static readonly HttpRequestOptionsKey<bool> Upload = new("reasonir.upload");

    /// <summary>Says that a POST changes nothing or the same thing twice (a search, an encoding), so it may be retried.</summary>
    public static HttpRequestMessage MarkIdempotent(this HttpRequestMessage request)
    {
        request.Options.Set(Idempotent, true);
        return request;
    }

    /// <summary>Turns timeouts and retries off for a request that takes as long as it takes. Stream and multipart contents are recognized without it.</summary>
    public static HttpRequestMessage MarkUpload(this HttpRequestMessage request)
    {
        request.Options.Set(Upload, true);
        return request;
    }

    internal static bool IsUpload(HttpRequestMessage request) =>
        request.Content is StreamContent or MultipartContent || request.Options.TryGetValue(Upload, out var upload) && upload;

    internal static bool MayRepeat(HttpRequestMessage request) =>
        request.Content is null && (request.Method == HttpMethod.Get || request.Method == HttpMethod.Head || request.Method == HttpMethod.Options)
        || request.Options.TryGetValue(Idempotent, out var idempotent) && idempotent;
}
