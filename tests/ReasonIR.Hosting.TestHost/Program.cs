using Aspire.Hosting;
using Microsoft.Extensions.Configuration;
using ReasonIR.Hosting.TestHost;

// `serve`: a service for the host's tests. Otherwise a host with two of them, so that a test can end a whole host.
if (args is ["serve"])
    return await Serve.RunAsync();

var builder = DistributedApplication.CreateBuilder(args);
var program = Environment.ProcessPath!;
var back = builder.AddExecutable("back", program, ".", "serve")
    .WithHttpEndpoint(env: "PORT").WithHttpHealthCheck("/health")
    .WithEnvironment("STOP_LOG", builder.Configuration["stop-log"]);
if (builder.Configuration.GetValue("stubborn", false))
    back.WithEnvironment("STUBBORN", "1");
if (builder.Configuration.GetValue("postgres", false))
{
    var database = builder.AddPostgres("postgres").AddDatabase("reasonir");
    back.WithReference(database).WaitFor(database);
}
if (builder.Configuration["job"] is { } script)
    back.WaitForCompletion(builder.AddExecutable("job", "/bin/sh", ".", "-c", script));
builder.AddExecutable("front", program, ".", "serve")
    .WithHttpEndpoint(port: builder.Configuration.GetValue<int?>("port"), env: "PORT").WithHttpHealthCheck("/health").WithExternalHttpEndpoints()
    .WithEnvironment("STOP_LOG", builder.Configuration["stop-log"])
    .WithReference(back).WaitFor(back);
builder.Build().Run();
return Environment.ExitCode;
