using System.Security.Cryptography;
using ReasonIR.Hosting.Networking;
using ReasonIR.Hosting.Running;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// A Qdrant server: one given by <c>ConnectionStrings__NAME_http</c> (REST) or <c>ConnectionStrings__NAME</c> (gRPC), or the program
/// <c>qdrant</c> on PATH, or none: then it is not available, satisfies those who wait for it, and a reference to it injects nothing.
/// </summary>
public class QdrantServerResource(string name, string? externalHttp, string? externalGrpc, string? program, int? grpcPort, int? httpPort)
    : Resource(name), IResourceWithConnectionString, IResourceWithWaitSupport
{
    internal bool IsExternal => externalHttp is not null || externalGrpc is not null;

    internal string? Program => IsExternal ? null : program;

    internal string Key { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    internal int HttpPort { get; private set; }

    internal int GrpcPort { get; private set; }

    internal string HttpUrl => $"http://127.0.0.1:{HttpPort}";

    internal override void Allocate()
    {
        if (Program is null)
            return;
        HttpPort = httpPort ?? FreePort.Next();
        GrpcPort = grpcPort ?? FreePort.Next();
    }

    internal override IEnumerable<ResourceRunner> CreateRunners(SystemContext context) =>
        [Program is null ? new GivenRunner(this, context) : QdrantRunner.Create(this, context)];

    IEnumerable<KeyValuePair<string, string>> IResourceWithConnectionString.ConnectionEnvironment(string connectionName)
    {
        if (Program is not null)
        {
            var prefix = EnvironmentNames.Encode(connectionName);
            yield return new($"ConnectionStrings__{connectionName}", $"Endpoint=http://127.0.0.1:{GrpcPort};Key={Key}");
            yield return new($"ConnectionStrings__{connectionName}_http", $"Endpoint={HttpUrl};Key={Key}");
            yield return new($"{prefix}_HTTPHOST", "127.0.0.1");
            yield return new($"{prefix}_HTTPPORT", $"{HttpPort}");
            yield return new($"{prefix}_GRPCHOST", "127.0.0.1");
            yield return new($"{prefix}_GRPCPORT", $"{GrpcPort}");
            yield return new($"{prefix}_HTTPURI", HttpUrl);
            yield return new($"{prefix}_URI", $"http://127.0.0.1:{GrpcPort}");
            yield return new($"{prefix}_APIKEY", Key);
        }
        if (externalGrpc is not null)
            yield return new($"ConnectionStrings__{connectionName}", externalGrpc);
        if (externalHttp is not null)
            yield return new($"ConnectionStrings__{connectionName}_http", externalHttp);
    }
}
