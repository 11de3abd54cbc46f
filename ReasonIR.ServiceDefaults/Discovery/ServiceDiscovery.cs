using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;

namespace ReasonIR.ServiceDefaults.Discovery;

/// <summary>Where services are, as the host injects it: <c>services__NAME__http__0=http://host:port</c>, one index a replica.</summary>
public sealed class ServiceDiscovery(IConfiguration configuration)
{
    readonly ConcurrentDictionary<string, int> turns = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// The address for a logical one such as <c>http://search/v1/search</c> (also <c>https+http://search</c>: the first scheme that is
    /// configured), replicas by turns; null where its host is no configured service.
    /// </summary>
    public Uri? Resolve(Uri logical)
    {
        foreach (var scheme in logical.Scheme.Split('+'))
        {
            var addresses = configuration.GetSection($"services:{logical.Host}:{scheme}").GetChildren()
                .OrderBy(c => int.TryParse(c.Key, out var index) ? index : int.MaxValue).Select(c => c.Value).OfType<string>().ToList();
            if (addresses.Count == 0)
                continue;
            var turn = turns.AddOrUpdate(logical.Host, 0, (_, last) => (last + 1) & int.MaxValue);
            var address = new Uri(addresses[turn % addresses.Count]);
            return new UriBuilder(logical) { Scheme = address.Scheme, Host = address.Host, Port = address.Port, Path = address.AbsolutePath.TrimEnd('/') + logical.AbsolutePath }.Uri;
        }
        return null;
    }
}
