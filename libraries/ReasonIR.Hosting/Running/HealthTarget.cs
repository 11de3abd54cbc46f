using Aspire.Hosting.ApplicationModel;

namespace ReasonIR.Hosting.Running;

/// <summary>Where a process is asked whether it is well, and the answer that says so.</summary>
sealed record HealthTarget(Uri Url, int StatusCode)
{
    static readonly TimeSpan UntilReady = TimeSpan.FromMilliseconds(100), AfterThat = TimeSpan.FromSeconds(5);

    // Of its own: no proxy, no telemetry, few bytes.
    static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null })
    {
        Timeout = TimeSpan.FromSeconds(5),
        MaxResponseContentBufferSize = 64 * 1024,
    };

    public static HealthTarget? Of(Resource resource, int replica)
    {
        if (resource.HealthCheck is not { } check)
            return null;
        var endpoint = resource.Endpoints.Find(e => check.EndpointName is null || e.Name == check.EndpointName)
            ?? throw new InvalidOperationException($"Resource {resource.Name} has a health check but no endpoint{(check.EndpointName is null ? "" : " " + check.EndpointName)}.");
        return new HealthTarget(new Uri(new Uri(endpoint.Url(replica)), check.Path), check.StatusCode);
    }

    /// <summary>Asks often until the first good answer, then every few seconds; never throws.</summary>
    public async Task WatchAsync(ResourceStatus status, Action<string> say, CancellationToken cancellationToken)
    {
        var reached = false;
        try
        {
            while (true)
            {
                var healthy = await AskAsync(cancellationToken);
                if (healthy != status.Current.Healthy)
                {
                    status.Update(s => s with { Healthy = healthy });
                    say(healthy ? $"ready at {Url.GetLeftPart(UriPartial.Authority)}" : "does not answer its health check");
                }
                reached |= healthy;
                await Task.Delay(reached ? AfterThat : UntilReady, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    async Task<bool> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await Client.GetAsync(Url, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return (int)response.StatusCode == StatusCode;
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
