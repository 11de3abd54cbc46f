using System.Runtime.InteropServices;

namespace ReasonIR.Hosting.Projects;

/// <summary>The variables every .NET service is started with.</summary>
static class DotnetEnvironment
{
    public static Dictionary<string, string?> ForService(string name)
    {
        var variables = new Dictionary<string, string?>
        {
            ["OTEL_SERVICE_NAME"] = name,
            ["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={Guid.NewGuid():N}",
            // The host says where each service listens; four lines a service say nothing more.
            ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Warning",
            // A container image of ASP.NET sets these, and they would win over the port chosen here.
            ["ASPNETCORE_HTTP_PORTS"] = null,
            ["HTTP_PORTS"] = null,
            ["URLS"] = null,
        };
        // An executable finds an installation at the usual places by itself, but not the one in somebody's home that runs us.
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is null)
            variables["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        // The services talk over loopback, which no proxy reaches.
        if (Environment.GetEnvironmentVariables().Keys.Cast<string>().Any(key => key.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase)))
        {
            var exempt = Environment.GetEnvironmentVariable("NO_PROXY") ?? Environment.GetEnvironmentVariable("no_proxy");
            variables["NO_PROXY"] = variables["no_proxy"] = string.Join(',', new[] { exempt, "localhost", "127.0.0.1" }.Where(part => !string.IsNullOrEmpty(part)));
        }
        return variables;
    }
}
