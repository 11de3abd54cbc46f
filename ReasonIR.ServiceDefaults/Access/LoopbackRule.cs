using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ReasonIR.ServiceDefaults.Access;

/// <summary>Nothing listens beyond this machine without a key.</summary>
static class LoopbackRule
{
    public static void Check(ListenOptions listen, ApiKey key)
    {
        if (key.Value is null && listen.IPEndPoint is { } endpoint && !IPAddress.IsLoopback(endpoint.Address))
            throw new InvalidOperationException(
                $"Refusing to listen on {endpoint}: anybody who reaches this address could use the system. Set {ApiKey.Variable}, or listen on 127.0.0.1.");
    }
}
