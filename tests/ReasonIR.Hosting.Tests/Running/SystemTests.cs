using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Npgsql;
using ReasonIR.Hosting.Running;
using ReasonIR.Testing;

namespace ReasonIR.Hosting.Tests.Running;

/// <summary>Systems declared as AppHost.cs declares them, run in this process.</summary>
public sealed class SystemTests(PostgresFixture postgres) : IDisposable
{
    readonly ScratchFolder scratch = new();

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => scratch.Dispose();

    IDistributedApplicationBuilder Builder(params string[] arguments) => DistributedApplication.CreateBuilder(["--data", scratch.Below("data"), .. arguments]);

    static IResourceBuilder<ExecutableResource> Service(IDistributedApplicationBuilder builder, string name) =>
        builder.AddExecutable(name, HostProcess.Program, ".", "serve").WithHttpEndpoint(env: "PORT").WithHttpHealthCheck("/health");

    static async Task<ResourceSnapshot> ReachAsync(DistributedApplication app, string name, Func<ResourceSnapshot, bool> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(20));
        return await app.Current!.Runners.Single(r => r.Status.Current.Name == name).Status.WhenAsync(condition, limit.Token);
    }

    static Task<string> VariableAsync(ResourceSnapshot service, string name) => HostProcess.GetAsync($"{service.Url}/env/{name}", Cancellation);

    [Fact]
    public async Task A_reference_injects_what_Aspire_injects()
    {
        var builder = Builder();
        var database = builder.AddPostgres("postgres").WithDataVolume().AddDatabase("reasonir");
        var search = Service(builder, "search");
        Service(builder, "portal").WithReference(search).WithReference(database).WaitFor(database)
            .WithEnvironment("PLAIN", "value").WithEnvironment("SEARCH_URL", search.GetEndpoint("http"));
        await using var app = builder.Build();
        await app.StartAsync(Cancellation);
        var portal = await ReachAsync(app, "portal", s => s.IsReady);
        var found = await ReachAsync(app, "search", s => s.IsReady);

        Assert.Equal(found.Url, await VariableAsync(portal, "services__search__http__0"));
        Assert.Equal(found.Url, await VariableAsync(portal, "SEARCH_HTTP"));
        Assert.Equal(found.Url, await VariableAsync(portal, "SEARCH_URL"));
        Assert.Equal("value", await VariableAsync(portal, "PLAIN"));
        var connection = await VariableAsync(portal, "ConnectionStrings__reasonir");
        Assert.EndsWith(";Database=reasonir", connection);
        Assert.Equal("127.0.0.1", await VariableAsync(portal, "REASONIR_HOST"));
        Assert.Equal("reasonir", await VariableAsync(portal, "REASONIR_DATABASENAME"));
        await using var opened = new NpgsqlConnection(connection + ";Pooling=false");
        await opened.OpenAsync(Cancellation);
    }

    [Fact]
    public async Task Replicas_listen_on_ports_of_their_own_and_are_all_injected()
    {
        var builder = Builder();
        var search = Service(builder, "search");
        search.Resource.Replicas = 3;
        Service(builder, "portal").WithReference(search).WaitFor(search);
        await using var app = builder.Build();
        await app.StartAsync(Cancellation);
        var portal = await ReachAsync(app, "portal", s => s.IsReady);
        var replicas = app.Current!.Runners.Select(r => r.Status.Current).Where(s => s.Name.StartsWith("search-", StringComparison.Ordinal)).ToList();
        Assert.Equal(["search-0", "search-1", "search-2"], replicas.Select(r => r.Name));
        Assert.All(replicas, r => Assert.True(r.IsReady));
        for (var index = 0; index < 3; index++)
        {
            Assert.Equal(replicas[index].Url, await VariableAsync(portal, $"services__search__http__{index}"));
            Assert.Equal("well", await HostProcess.GetAsync(replicas[index].Url + "/health", Cancellation));
        }
        Assert.Equal("(unset)", await VariableAsync(portal, "services__search__http__3"));
    }

    [Fact]
    public async Task Without_Qdrant_nobody_waits_and_nothing_is_injected()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "qdrant"))), "a qdrant is on PATH");
        var builder = Builder();
        var qdrant = builder.AddQdrant("qdrant").WithDataVolume();
        Service(builder, "search").WithReference(qdrant).WaitFor(qdrant);
        await using var app = builder.Build();
        await app.StartAsync(Cancellation);
        var search = await ReachAsync(app, "search", s => s.IsReady);
        var state = await ReachAsync(app, "qdrant", _ => true);
        Assert.Equal(ResourceState.NotAvailable, state.State);
        Assert.Contains("the embedded index is used", state.Detail);
        Assert.Equal("(unset)", await VariableAsync(search, "ConnectionStrings__qdrant"));
        Assert.Equal("(unset)", await VariableAsync(search, "ConnectionStrings__qdrant_http"));
    }

    [Fact]
    public async Task A_given_Qdrant_is_passed_on()
    {
        var builder = Builder("--ConnectionStrings:qdrant_http", "Endpoint=http://vectors:6333;Key=k");
        var qdrant = builder.AddQdrant("qdrant");
        Service(builder, "search").WithReference(qdrant).WaitFor(qdrant);
        await using var app = builder.Build();
        await app.StartAsync(Cancellation);
        var search = await ReachAsync(app, "search", s => s.IsReady);
        Assert.Equal("Endpoint=http://vectors:6333;Key=k", await VariableAsync(search, "ConnectionStrings__qdrant_http"));
        Assert.Equal("(unset)", await VariableAsync(search, "ConnectionStrings__qdrant"));
    }

    [Fact]
    public async Task A_qdrant_program_is_started_with_ports_and_key_of_its_own()
    {
        var program = scratch.Below("qdrant");
        // The program is outside this project: a stand-in that answers where its variables say.
        await File.WriteAllTextAsync(program, $"#!/bin/sh\nPORT=$QDRANT__SERVICE__HTTP_PORT exec {HostProcess.Program} serve\n", Cancellation);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var builder = Builder();
        var qdrant = builder.AddResource(new QdrantServerResource("qdrant", null, null, program, null, null));
        Service(builder, "search").WithReference(qdrant);
        await using var app = builder.Build();
        await app.StartAsync(Cancellation);
        var search = await ReachAsync(app, "search", s => s.IsReady);
        var server = await ReachAsync(app, "qdrant", s => s.Pid is not null);
        Assert.Equal($"Endpoint={server.Url};Key={qdrant.Resource.Key}", await VariableAsync(search, "ConnectionStrings__qdrant_http"));
        Assert.StartsWith($"{scratch.Below("data")}", Directory.ResolveLinkTarget($"/proc/{server.Pid}/cwd", false)!.FullName);
    }

    [Fact]
    public async Task A_given_database_is_used_and_no_server_started()
    {
        var given = await postgres.CreateDatabaseAsync(Cancellation);
        var builder = Builder("--ConnectionStrings:reasonir", given);
        var database = builder.AddPostgres("postgres").AddDatabase("reasonir");
        Service(builder, "search").WithReference(database).WaitFor(database);
        await using var app = builder.Build();
        await app.StartAsync(Cancellation);
        var search = await ReachAsync(app, "search", s => s.IsReady);
        Assert.Equal(given, await VariableAsync(search, "ConnectionStrings__reasonir"));
        Assert.Equal(ResourceState.NotAvailable, (await ReachAsync(app, "postgres", _ => true)).State);
        Assert.False(Directory.Exists(scratch.Below("data", "postgres")));
    }

    [Fact]
    public async Task A_database_server_that_dies_comes_back_with_its_port()
    {
        var builder = Builder();
        builder.AddPostgres("postgres").AddDatabase("reasonir");
        await using var app = builder.Build();
        await app.StartAsync(Cancellation);
        await ReachAsync(app, "reasonir", s => s.IsReady);
        var before = await ReachAsync(app, "postgres", s => s.IsReady);
        ReasonIR.Hosting.Processes.Signals.Send(before.Pid!.Value, ReasonIR.Hosting.Processes.Signals.Kill);
        var after = await ReachAsync(app, "postgres", s => s is { Restarts: 1, State: ResourceState.Running });
        Assert.Equal(before.Url, after.Url);
        Assert.NotEqual(before.Pid, after.Pid);
    }

    [Fact]
    public async Task Every_death_makes_the_next_pause_longer()
    {
        var builder = Builder();
        var marks = scratch.Below("marks");
        builder.AddExecutable("sick", "/bin/sh", ".", "-c", $"date +%s%N >> {marks}; exit 3");
        await using var app = builder.Build();
        await app.StartAsync(Cancellation);
        await ReachAsync(app, "sick", s => s is { Restarts: 3, ExitCode: 3 });
        var times = (await File.ReadAllLinesAsync(marks, Cancellation)).Select(long.Parse).ToList();
        var pauses = times.Zip(times.Skip(1), (a, b) => (b - a) / 1e9).ToList();
        Assert.Equal(2, pauses.Count);
        Assert.InRange(pauses[0], 0.5, 0.95);
        Assert.InRange(pauses[1], 1.0, 1.9);
    }

    [Fact]
    public async Task A_missing_program_ends_the_system_by_name()
    {
        var builder = Builder();
        builder.AddExecutable("absent", "/nowhere/program", ".");
        await using var app = builder.Build();
        await app.StartAsync(Cancellation);
        Assert.Contains("absent: /nowhere/program: no such file", await app.Current!.Context.Broken.WaitAsync(TimeSpan.FromSeconds(5), Cancellation));
    }
}
