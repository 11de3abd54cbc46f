using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace ReasonIR.Architecture.Tests;

/// <summary>What holds of every project and every tracked file.</summary>
public sealed partial class HouseTests
{
    public static TheoryData<string> Projects => [.. Repository.Projects.Select(p => p.Name)];

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "ReasonIR.sln")).Replace('\\', '/');
        Assert.Empty(Repository.Projects.Where(p => !solution.Contains($"\"{p.Path}\"", StringComparison.Ordinal)).Select(p => p.Path));
    }

    [Fact]
    public void Every_library_and_service_has_tests()
    {
        var tested = Repository.Projects.Where(p => p.Folder == "tests").SelectMany(p => p.References).ToHashSet();
        // Migrations has a Program only; Experiments' tests run its schema.
        var untested = Repository.Projects.Where(p => p.Folder is "libraries" or "services" or "web" && !tested.Contains(p.Name)).Select(p => p.Name);
        Assert.Empty(untested.Except(["ReasonIR.Migrations"]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Versions_stand_in_one_place(string name)
    {
        var project = Repository.Project(name);
        Assert.Empty(project.Xml.Descendants("PackageReference").Where(r => r.Attribute("Version") is not null || r.Attribute("VersionOverride") is not null).Select(r => r.ToString()));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void No_project_loosens_the_rules(string name)
    {
        foreach (var rule in new[] { "Nullable", "TreatWarningsAsErrors", "ManagePackageVersionsCentrally", "Deterministic", "TargetFramework" })
            Assert.Empty(Repository.Project(name).Xml.Descendants(rule));
    }

    [Fact]
    public void Every_package_is_named_in_the_notices()
    {
        var notices = File.ReadAllText(Path.Combine(Repository.Root, "THIRD-PARTY-NOTICES.md"));
        var packages = XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion").Select(p => (string)p.Attribute("Include")!).ToList();
        Assert.NotEmpty(packages);
        // A family may be named by its stem: xunit.v3 for xunit.v3.assert, Aspire.Hosting.* for each of them.
        Assert.Equal([], packages.Where(p => !Stems(p).Any(stem => Regex.IsMatch(notices, $@"(?<![\w.]){Regex.Escape(stem)}(\.\*|(?![\w.]))"))));

        static IEnumerable<string> Stems(string id)
        {
            for (var stem = id; stem.Contains('.'); stem = stem[..stem.LastIndexOf('.')])
                yield return stem;
            if (!id.Contains('.'))
                yield return id;
        }
    }

    [Fact]
    public void No_folder_for_leftovers()
    {
        var bad = Repository.Files().Where(f => f.Split('/')[..^1].Any(part => part is "Common" or "Helpers" or "Utils" || part.EndsWith(".Common", StringComparison.Ordinal)));
        Assert.Empty(bad);
    }

    [Fact]
    public void No_machine_and_no_registry_in_a_file()
    {
        var found = new List<string>();
        foreach (var file in TextFiles())
        {
            if (file.EndsWith("HouseTests.cs", StringComparison.Ordinal))
                continue;
            var line = 0;
            foreach (var text in File.ReadLines(Path.Combine(Repository.Root, file)))
            {
                line++;
                if (Registry().IsMatch(text) || MachinePath().IsMatch(text))
                    found.Add($"{file}:{line}: {text.Trim()}");
            }
        }
        Assert.Empty(found);
    }

    [Fact]
    public void No_large_or_generated_file_is_tracked()
    {
        var found = Repository.Files().Where(f =>
            new FileInfo(Path.Combine(Repository.Root, f)).Length > 2 << 20
            || Path.GetExtension(f) is ".dll" or ".so" or ".exe" or ".nupkg" or ".safetensors" or ".zip" or ".trx"
            || f.Split('/').Any(part => part is "bin" or "obj" or "artifacts" or "node_modules" or "_framework"));
        Assert.Empty(found);
    }

    [Fact]
    public void Text_is_UTF8_with_line_feeds()
    {
        var found = new List<string>();
        foreach (var file in TextFiles())
        {
            var bytes = File.ReadAllBytes(Path.Combine(Repository.Root, file));
            if (bytes.Contains((byte)'\r') || bytes.AsSpan().StartsWith("\uFEFF"u8) && !file.EndsWith(".sln", StringComparison.Ordinal) || bytes.Length > 0 && bytes[^1] != '\n' && file.EndsWith(".cs", StringComparison.Ordinal))
                found.Add(file);
        }
        Assert.Empty(found);
    }

    static IEnumerable<string> TextFiles() => Repository.Files().Where(f =>
        Path.GetExtension(f) is ".cs" or ".razor" or ".css" or ".js" or ".csproj" or ".props" or ".targets" or ".json" or ".yaml" or ".yml" or ".md" or ".sh" or ".cpp" or ".h" or ".sql" or ".sln" or ""
        && !f.StartsWith("tests/", StringComparison.Ordinal) || f.StartsWith("tests/", StringComparison.Ordinal) && Path.GetExtension(f) is ".cs" or ".csproj");

    [GeneratedRegex(@"api\.nuget\.org|nuget\.org/|registry\.npmjs\.org|pypi\.org/simple|files\.pythonhosted\.org", RegexOptions.IgnoreCase)]
    private static partial Regex Registry();

    [GeneratedRegex(@"(?<=^|[\s""'=(:])/(work|home/\w+|Users/\w+|root/\w+)/")]
    private static partial Regex MachinePath();
}
