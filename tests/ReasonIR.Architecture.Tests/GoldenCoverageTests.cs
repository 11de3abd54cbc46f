using ReasonIR.Testing;

namespace ReasonIR.Architecture.Tests;

/// <summary>Reference outputs count only where a test compares them.</summary>
public sealed class GoldenCoverageTests
{
    [Fact]
    public void Every_group_of_reference_outputs_is_named_by_a_test()
    {
        var root = SharedData.Require("golden");
        var tests = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText).ToList();
        var groups = Directory.EnumerateFiles(root, "golden.json", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(root, Path.GetDirectoryName(file)!)).ToList();
        Assert.NotEmpty(groups);
        // A test names the folder, alone or with the way to it, or one that holds it.
        Assert.Equal([], groups.Where(group => !Names(group).Any(name => tests.Any(text => text.Contains(name, StringComparison.Ordinal)))));

        static IEnumerable<string> Names(string group)
        {
            yield return $"\"{Path.GetFileName(group)}\"";
            for (var folder = group; !string.IsNullOrEmpty(folder); folder = Path.GetDirectoryName(folder))
                yield return $"golden/{folder}\"";
        }
    }
}
