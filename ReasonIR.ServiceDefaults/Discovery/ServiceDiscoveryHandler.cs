using ReasonIR.ServiceDefaults.Access;

namespace ReasonIR.ServiceDefaults.Discovery;

/// <summary>Sends a request for <c>http://search/...</c> to where search is, with this system's key; other hosts pass untouched and never see the key.</summary>
sealed class ServiceDiscoveryHandler(ServiceDiscovery discovery, ApiKey key) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var logical = request.RequestUri;
        if (logical is null || discovery.Resolve(logical) is not { } address)
            return await base.SendAsync(request, cancellationToken);
        if (key.Value is not null && !request.Headers.Contains(ApiKey.Header))
            request.Headers.Add(ApiKey.Header, key.Value);
        request.RequestUri = address;
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException error)
        {
            throw new HttpRequestException(error.HttpRequestError, $"The service {logical.Host} at {address.GetLeftPart(UriPartial.Authority)} does not answer: {error.Message}", error, error.StatusCode);
        }
        finally
        {
            request.RequestUri = logical; // a retry may take another replica
        }
    }
}
