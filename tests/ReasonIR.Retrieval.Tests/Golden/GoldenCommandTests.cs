using System.Text.Json;
using ReasonIR.Check.Golden;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Golden;

/// <summary>What <c>check golden</c> does with folders it should not believe.</summary>
public sealed class GoldenCommandTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("reasonir-golden-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("""{"kind": "no-such-kind"}""", "unknown kind \"no-such-kind\"")]
    [InlineData("""{"kind": "rest-replay", "cases": "./absent"}""", "listed but absent")]
    [InlineData("""{"kinds": "measures"}""", "expected an object with a string \"kind\"")]
    [InlineData("""{"kind": """, "golden.json")]
    public async Task A_broken_manifest_fails_by_name(string manifest, string failure)
    {
        Write("area/leaf/golden.json", manifest);

        var (exit, groups) = await CheckAsync(_folder.FullName);

        Assert.Equal(1, exit);
        Assert.EndsWith("area/leaf", groups[0].GetProperty("folder").GetString());
        Assert.Contains(failure, groups[0].GetProperty("first_failure").GetString());
    }

    [Fact]
    public async Task A_folder_without_manifest_fails()
    {
        var (exit, groups) = await CheckAsync(_folder.FullName);

        Assert.Equal(1, exit);
        Assert.Contains("no golden.json", Assert.Single(groups).GetProperty("first_failure").GetString());
    }

    [Fact]
    public async Task Recorded_exchanges_are_not_applicable_and_no_failure()
    {
        Write("golden.json", """{"kind": "rest-replay"}""");

        var (exit, groups) = await CheckAsync(_folder.FullName);

        Assert.Equal(0, exit);
        Assert.Equal("replayed by tests", Assert.Single(groups).GetProperty("not_applicable").GetString());
    }

    [Fact]
    public async Task The_json_file_holds_what_was_printed()
    {
        Write("a/golden.json", """{"kind": "rest-replay"}""");
        Write("b/golden.json", """{"kind": "rest-replay"}""");
        var json = Path.Combine(_folder.FullName, "out.jsonl");
        var output = new StringWriter { NewLine = "\n" };

        await GoldenCommand.RunAsync(
            [_folder.FullName, "--json", json], output, TextWriter.Null, TestContext.Current.CancellationToken);

        Assert.Equal(output.ToString(), await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken));
        Assert.Equal(2, output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Theory]
    [InlineData("--data")]
    [InlineData("--what", "x")]
    [InlineData]
    public async Task Wrong_usage_is_told_apart_from_a_failure(params string[] arguments) =>
        Assert.Equal(2, await GoldenCommand.RunAsync(
            arguments, TextWriter.Null, TextWriter.Null, TestContext.Current.CancellationToken));

    async Task<(int Exit, JsonElement[] Groups)> CheckAsync(params string[] arguments)
    {
        var output = new StringWriter();
        var exit = await GoldenCommand.RunAsync(arguments, output, TextWriter.Null, TestContext.Current.CancellationToken);
        return (exit, [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonElement.Parse(line))]);
    }

    void Write(string path, string text)
    {
        var full = Path.Combine(_folder.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
