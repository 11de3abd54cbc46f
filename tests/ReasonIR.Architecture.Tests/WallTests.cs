namespace ReasonIR.Architecture.Tests;

/// <summary>Who may know whom.</summary>
public sealed class WallTests
{
    /// <summary>All the references a library may have; one that is not named here may have none.</summary>
    static readonly Dictionary<string, string[]> Libraries = new()
    {
        ["Contracts"] = [],
        ["Experiments"] = [],
        ["Hosting"] = [],
        ["Language"] = [],
        ["Models"] = ["Torch", "Tokenizers"],
        ["Retrieval"] = [],
        ["Tokenizers"] = [],
        ["Torch"] = [],
        ["Training"] = ["Models", "Torch", "Tokenizers"],
    };

    static string Full(string name) => $"ReasonIR.{name}";

    public static TheoryData<string> LibraryNames => [.. Repository.Projects.Where(p => p.Folder == "libraries").Select(p => p.Name)];

    public static TheoryData<string> ServiceNames => [.. Repository.Projects.Where(p => p.Folder is "services" or "web").Select(p => p.Name)];

    [Fact]
    public void The_tests_see_the_projects()
    {
        Assert.Contains("ReasonIR.Torch", Repository.Project("ReasonIR.Models").References);
        Assert.Contains("ReasonIR.Torch", Repository.Closure("ReasonIR.Training"));
        Assert.True(ServiceNames.Count >= 6);
    }

    [Theory]
    [MemberData(nameof(LibraryNames))]
    public void A_library_knows_only_what_it_may(string library)
    {
        var allowed = Libraries.GetValueOrDefault(library["ReasonIR.".Length..], []).Select(Full);
        Assert.Empty(Repository.Closure(library).Except(allowed));
    }

    [Theory]
    [MemberData(nameof(LibraryNames))]
    public void Nothing_in_the_libraries_knows_AspNet_but_Hosting_and_Experiments(string library)
    {
        var xml = Repository.Project(library).Xml;
        var knows = (string?)xml.Root!.Attribute("Sdk") == "Microsoft.NET.Sdk.Web"
            || xml.Descendants("FrameworkReference").Any(r => (string?)r.Attribute("Include") == "Microsoft.AspNetCore.App")
            || xml.Descendants("PackageReference").Any(r => ((string?)r.Attribute("Include"))?.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) == true);
        Assert.True(!knows || library is "ReasonIR.Hosting" or "ReasonIR.Experiments", $"{library} references ASP.NET");
    }

    [Theory]
    [MemberData(nameof(ServiceNames))]
    public void Services_never_reference_each_other(string service)
    {
        var others = Repository.Projects.Where(p => p.Folder is "services" or "web" && p.Name != service).Select(p => p.Name);
        Assert.Empty(Repository.Closure(service).Intersect(others));
    }

    [Theory]
    [MemberData(nameof(ServiceNames))]
    public void Torch_is_for_the_encoder_and_the_trainer_only(string service)
    {
        if (service is not ("ReasonIR.Encoder" or "ReasonIR.Trainer"))
            Assert.DoesNotContain("ReasonIR.Torch", Repository.Closure(service));
    }

    [Fact]
    public void What_every_service_shares_knows_nothing_of_ours() => Assert.Empty(Repository.Closure("ReasonIR.ServiceDefaults"));

    [Fact]
    public void The_host_loads_none_of_the_services() => Assert.Equal(["ReasonIR.Hosting"], Repository.Project("ReasonIR.AppHost").References);

    [Fact]
    public void The_command_line_speaks_REST_only() => Assert.Empty(Repository.Closure("ReasonIR.Cli").Except([Full("Contracts")]));

    [Fact]
    public void Nothing_that_ships_references_tests_benchmarks_or_tools()
    {
        var inside = Repository.Projects.Where(p => p.Folder is "tests" or "benchmarks" or "tools").Select(p => p.Name).ToHashSet();
        foreach (var project in Repository.Projects.Where(p => !inside.Contains(p.Name)))
            Assert.Empty(Repository.Closure(project.Name).Intersect(inside));
    }
}
