using ReasonIR.Testing;
using YamlDotNet.RepresentationModel;

namespace ReasonIR.Deploy.Tests;

/// <summary>The container files against the solution: no Docker is needed to see that they name what exists.</summary>
public sealed class ContainerFileTests
{
    static readonly string Deploy = Path.Combine(SharedData.Repository, "deploy");

    public static TheoryData<string> Programs =>
    [
        .. Directory.GetDirectories(Path.Combine(SharedData.Repository, "services")).Append(Path.Combine(SharedData.Repository, "web", "ReasonIR.Portal"))
            .Where(folder => Directory.GetFiles(folder, "*.csproj").Length == 1).Select(folder => Path.GetRelativePath(SharedData.Repository, folder)),
    ];

    static YamlMappingNode Services()
    {
        var yaml = new YamlStream();
        using var reader = File.OpenText(Path.Combine(Deploy, "compose.yaml"));
        yaml.Load(new YamlDotNet.Core.MergingParser(new YamlDotNet.Core.Parser(reader)));
        return (YamlMappingNode)yaml.Documents[0].RootNode["services"];
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void Every_service_has_a_container_file_and_a_place_in_the_composition(string project)
    {
        var program = Path.GetFileName(project);
        var name = program["ReasonIR.".Length..].ToLowerInvariant();
        var file = File.ReadAllText(Path.Combine(Deploy, $"{name}.Containerfile"));
        Assert.Contains($"dotnet publish {project} ", file);
        Assert.Contains($"ENTRYPOINT [\"./{program}\"]", file);
        Assert.Contains("USER $APP_UID", file);
        var service = Services()[name];
        Assert.Equal($"deploy/{name}.Containerfile", service["build"]["dockerfile"].ToString());
        Assert.NotNull(service["environment"]["ConnectionStrings__reasonir"]);
        Assert.Contains("artifacts:/artifacts", service["volumes"].AllNodes.Select(n => n.ToString()));
    }

    [Fact]
    public void Only_the_portal_is_reachable_and_only_from_this_machine()
    {
        foreach (var (name, service) in Services().Children)
            if (((YamlMappingNode)service).Children.TryGetValue("ports", out var ports))
            {
                Assert.Equal("portal", name.ToString());
                Assert.All(((YamlSequenceNode)ports).Children, port => Assert.StartsWith("127.0.0.1:", port.ToString()));
            }
    }

    [Fact]
    public void Containers_that_use_libtorch_bring_it()
    {
        foreach (var name in new[] { "encoder", "trainer" })
        {
            var file = File.ReadAllText(Path.Combine(Deploy, $"{name}.Containerfile"));
            Assert.Contains("libtorch-dev", file);
            Assert.Contains("libtorch1.13", file);
            Assert.Contains("libopenblas0-openmp", file);
        }
    }
}
