using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Experiments.Schema;
using ReasonIR.Testing;

namespace ReasonIR.Experiments.Tests.Schema;

public sealed class SchemaMigratorTests(PostgresFixture postgres)
{
    readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Concurrent_starts_apply_each_step_once()
    {
        await using var system = await TestSystem.CreateAsync(postgres, migrate: false);
        var migrator = system.Services.GetRequiredService<SchemaMigrator>();
        var versions = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => migrator.MigrateAsync(cancellation)));
        Assert.All(versions, version => Assert.Equal(SchemaMigrator.Known, version));
        Assert.Equal(SchemaMigrator.Steps.Count, await system.ScalarAsync<long>("select count(*) from schema_version"));
    }

    [Fact]
    public void Steps_are_numbered_without_gaps() =>
        Assert.Equal(Enumerable.Range(1, SchemaMigrator.Known), SchemaMigrator.Steps.Select(step => step.Version));

    [Fact]
    public async Task A_step_that_arrives_after_one_of_a_higher_number_is_applied()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        var migrator = system.Services.GetRequiredService<SchemaMigrator>();
        SchemaStep higher = new(SchemaMigrator.Known + 2, "higher", "create table higher (x int)"), lower = new(SchemaMigrator.Known + 1, "lower", "create table lower (x int)");
        await migrator.MigrateAsync([.. SchemaMigrator.Steps, higher], cancellation);
        Assert.Equal(higher.Version, await migrator.MigrateAsync([.. SchemaMigrator.Steps, lower, higher], cancellation));
        Assert.True(await system.ScalarAsync<bool>("select to_regclass('lower') is not null"));
    }

    [Fact]
    public async Task A_later_step_is_applied_to_an_older_database_and_keeps_its_rows()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        await system.ExecuteAsync("insert into datasets (name) values ('kept')");
        SchemaStep next = new(SchemaMigrator.Known + 1, "next", "alter table datasets add column color text not null default 'blue'");
        await system.Services.GetRequiredService<SchemaMigrator>().MigrateAsync([.. SchemaMigrator.Steps, next], cancellation);
        Assert.Equal("blue", await system.ScalarAsync<string>("select color from datasets where name = 'kept'"));
        Assert.Equal("next", await system.ScalarAsync<string>("select name from schema_version order by version desc limit 1"));
    }

    [Fact]
    public async Task A_step_that_fails_leaves_nothing_behind()
    {
        await using var system = await TestSystem.CreateAsync(postgres);
        SchemaStep bad = new(SchemaMigrator.Known + 1, "bad", "create table half (x int); select nonsense");
        var migrator = system.Services.GetRequiredService<SchemaMigrator>();
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => migrator.MigrateAsync([.. SchemaMigrator.Steps, bad], cancellation));
        Assert.True(await system.ScalarAsync<bool>("select to_regclass('half') is null"));
        Assert.Equal(SchemaMigrator.Known, await migrator.MigrateAsync(cancellation)); // and the lock is free again
    }

    [Fact]
    public async Task The_service_migrates_twice_and_refuses_a_newer_schema()
    {
        await using var system = await TestSystem.CreateAsync(postgres, migrate: false);
        var (first, second) = (await RunServiceAsync(system), await RunServiceAsync(system));
        Assert.Equal((0, 0), (first.Code, second.Code));
        await system.ExecuteAsync("insert into schema_version (version, name) values (9999, 'future')");
        var (code, output) = await RunServiceAsync(system);
        Assert.Equal(1, code);
        Assert.Contains($"the database has schema 9999, this version of ReasonIR knows {SchemaMigrator.Known}", output);
        Assert.DoesNotContain("   at ", output); // a message, not a stack trace
    }

    async Task<(int Code, string Output)> RunServiceAsync(TestSystem system)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ReasonIR.Migrations.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["ConnectionStrings__reasonir"] = system.ConnectionString, ["REASONIR_ARTIFACTS"] = Path.Combine(system.Folder, "artifacts") },
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
        await process.WaitForExitAsync(cancellation);
        return (process.ExitCode, await output + await error);
    }
}
