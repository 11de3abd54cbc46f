using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using ReasonIR.Hosting.Processes;
using ReasonIR.Hosting.Projects;
using ReasonIR.Hosting.Running;

namespace ReasonIR.Hosting.Tests.Running;

public sealed class RulesTests
{
    [Fact]
    public void Pauses_double_up_to_half_a_minute_and_begin_anew_after_a_good_run()
    {
        var pause = new RestartPause();
        var pauses = Enumerable.Range(0, 9).Select(_ => pause.Next(TimeSpan.Zero).TotalSeconds);
        Assert.Equal([0.5, 1, 2, 4, 8, 16, 30, 30, 30], pauses);
        Assert.Equal(0.5, pause.Next(TimeSpan.FromMinutes(2)).TotalSeconds);
    }

    [Fact]
    public void Nobody_is_stopped_before_those_who_refer_to_it()
    {
        var builder = DistributedApplication.CreateBuilder([]);
        var database = builder.AddPostgres("postgres").AddDatabase("db");
        var encoder = builder.AddExecutable("encoder", "x", ".").WithReference(database);
        var search = builder.AddExecutable("search", "x", ".").WithReference(encoder).WithReference(database);
        encoder.WithReference(search); // a circle
        builder.AddExecutable("portal", "x", ".").WithReference(search).WaitFor(encoder);
        var order = ShutdownOrder.Levels([.. builder.Resources.Cast<Resource>()]).SelectMany(level => level.Select(r => r.Name)).ToList();
        Assert.Equal("portal", order[0]);
        Assert.Equal(["db", "postgres"], order[^2..]);
        Assert.Equal(5, order.Count);
    }

    [Fact]
    public void A_project_is_found_in_the_layouts_of_building_and_of_publishing()
    {
        using var scratch = new ScratchFolder();
        foreach (var (host, executable) in new[]
        {
            (scratch.Below("artifacts/bin/Host/debug"), scratch.Below("artifacts/bin/Some.Service/debug/Some.Service")),
            (scratch.Below("artifacts/publish/Host/release/"), scratch.Below("artifacts/publish/Some.Service/release/Some.Service")),
            (scratch.Below("opt/host"), scratch.Below("opt/Some.Service/Some.Service")),
        })
        {
            Directory.CreateDirectory(host);
            var error = Assert.Throws<FileNotFoundException>(() => ProjectOutput.Find("../services/Some.Service/Some.Service.csproj", host));
            Assert.Contains(executable, error.Message);
            Directory.CreateDirectory(Path.GetDirectoryName(executable)!);
            File.WriteAllText(executable, "");
            Assert.Equal(executable, ProjectOutput.Find("../services/Some.Service/Some.Service.csproj", host));
        }
    }

    [Fact]
    public void The_hosts_directory_is_its_project_or_outside_the_repository_its_output()
    {
        using var scratch = new ScratchFolder();
        var output = Directory.CreateDirectory(scratch.Below("repository/artifacts/bin/Some.Host/debug")).FullName;
        Assert.Null(ProjectOutput.HostProject("Some.Host", output));
        Directory.CreateDirectory(scratch.Below("repository/Some.Host"));
        File.WriteAllText(scratch.Below("repository/Some.Host/Some.Host.csproj"), "");
        Assert.Equal(scratch.Below("repository/Some.Host"), ProjectOutput.HostProject("Some.Host", output));
    }

    [Fact]
    public void The_data_directory_is_the_option_then_the_variable_then_the_users()
    {
        static string From(params (string Key, string Value)[] values) =>
            DataDirectories.From(new ConfigurationBuilder().AddInMemoryCollection(values.Select(v => KeyValuePair.Create(v.Key, (string?)v.Value))).Build());

        Assert.Equal("/a", From(("data", "/a"), ("REASONIR_DATA", "/b")));
        Assert.Equal("/b", From(("REASONIR_DATA", "/b"), ("XDG_DATA_HOME", "/c")));
        Assert.Equal(Signals.IsRoot ? "/var/lib/reasonir" : "/c/reasonir", From(("XDG_DATA_HOME", "/c")));
    }

    [Fact]
    public void Two_resources_of_one_name_are_refused()
    {
        var builder = DistributedApplication.CreateBuilder([]);
        builder.AddExecutable("search", "x", ".");
        Assert.Throws<InvalidOperationException>(() => builder.AddExecutable("Search", "x", "."));
    }
}
