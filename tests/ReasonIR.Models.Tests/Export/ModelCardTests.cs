using ReasonIR.Models.Export;
using ReasonIR.Models.SentenceTransformers;
using Xunit;

namespace ReasonIR.Models.Tests.Export;

public sealed class ModelCardTests : IDisposable
{
    static readonly CardFacts Facts = new("LlamaModel", "bf16", 1234567, 256, 512, "mean, without the prompt's tokens", true, false, SimilarityFunction.Cosine,
        new(new Dictionary<string, string> { ["query"] = "<|user|>\n{instruction}\n<|embed|>\n", ["document"] = "" }, "document"));

    readonly string folder = Directory.CreateTempSubdirectory("reasonir-card-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_hub_reads_its_metadata_and_people_the_rest()
    {
        var card = Read(new()
        {
            Name = "my \"model\": first",
            Description = "Finds passages\nthat help.",
            License = "llama3.1",
            BaseModel = "meta-llama/Llama-3.1-8B",
            Datasets = [new("reasonir/reasonir-data", "abc123", 100_521, "cc-by-nc-4.0", "hard | queries"), new("a local set", "7", 12)],
            Languages = ["en"],
            Tags = ["reasoning"],
            Hyperparameters = [("learning rate", "2e-5"), ("temperature", "0.02")],
            Results = [new("SciFact (test)", "nDCG@10", 0.71234567, 0.6451), new("SciFact (test)", "Recall@100", 0.9)],
            Recipe = "base: tiny\nloss:\n  temperature: 0.02\n# ```\n",
            Notes = ["It knows English."],
        }, out var text);
        Assert.Equal("llama3.1", card["license"]);
        Assert.Equal("meta-llama/Llama-3.1-8B", card["base_model"]);
        Assert.Equal(["reasonir/reasonir-data"], (List<object>)card["datasets"]);
        Assert.Equal(["en"], (List<object>)card["language"]);
        Assert.Equal(["sentence-transformers", "sentence-similarity", "feature-extraction", "reasoning"], (List<object>)card["tags"]);
        var index = (Dictionary<object, object>)((List<object>)card["model-index"])[0];
        Assert.Equal("my \"model\": first", index["name"]);
        var result = (Dictionary<object, object>)((List<object>)index["results"])[0];
        Assert.Equal("information-retrieval", ((Dictionary<object, object>)result["task"])["type"]);
        Assert.Equal("SciFact (test)", ((Dictionary<object, object>)result["dataset"])["name"]);
        var metrics = ((List<object>)result["metrics"]).Cast<Dictionary<object, object>>().ToList();
        Assert.Equal([("ndcg@10", "0.71234567"), ("recall@100", "0.9")], metrics.Select(m => ((string)m["type"], (string)m["value"])));

        Assert.Contains("\n# my \"model\": first\n", text);
        Assert.Contains("| reasonir/reasonir-data | abc123 | 100,521 | cc-by-nc-4.0 | hard \\| queries |\n", text);
        Assert.Contains("| learning rate | 2e-5 |\n", text);
        Assert.Contains("| SciFact (test) | nDCG@10 | 0.6451 | 0.7123 |\n", text);
        Assert.Contains("| parameters | 1,234,567 (bf16) |\n", text);
        Assert.Contains("| prompt \"document\" (default) | none |\n", text);
        Assert.Contains("````yaml\nbase: tiny\n", text);
        Assert.Contains("prompt_name=\"query\"", text);
        Assert.Contains("## License\n\nllama3.1\n", text);
        Assert.DoesNotContain("\r", text);
    }

    [Fact]
    public void What_is_not_known_is_left_out_and_what_the_hub_would_refuse_too()
    {
        var card = Read(new() { Name = "plain", BaseModel = "/models/local folder", Datasets = [new("one"), new("bad--name/x"), new("../x/y")] }, out var text);
        Assert.Equal("unknown", card["license"]);
        foreach (var field in new[] { "base_model", "datasets", "language", "model-index", "license_name" })
            Assert.False(card.ContainsKey(field), field);
        Assert.DoesNotContain("## Settings", text);
        Assert.DoesNotContain("## Recipe", text);
        Assert.Contains("| data set |\n|---|\n| one |", text);
    }

    [Fact]
    public void A_license_that_the_hub_does_not_know_has_a_name_and_a_link()
    {
        var card = Read(new() { Name = "x", License = "My Own License, v2", LicenseLink = "LICENSE" }, out _);
        Assert.Equal(("other", "my-own-license-v2", "LICENSE"), (card["license"], card["license_name"], card["license_link"]));
    }

    [Theory]
    [InlineData("---\nlicense: mit\n---")]
    [InlineData("a: b # c")]
    [InlineData("- x\t\u0007 \u2028 \u00e4 \U0001F600 'q' \"d\" \\")]
    [InlineData("%YAML {} [] & * ! | > @ `")]
    public void Names_of_any_characters_do_not_break_the_metadata(string name)
    {
        var card = Read(new() { Name = name, Tags = [name], Results = [new(name, "nDCG@10", 0.5)] }, out _);
        Assert.Equal(name, ((List<object>)card["tags"])[^1]);
        Assert.Equal("unknown", card["license"]);
        var index = (Dictionary<object, object>)((List<object>)card["model-index"])[0];
        Assert.Equal(name, index["name"]);
    }

    Dictionary<string, object> Read(ModelCard card, out string text)
    {
        text = card.ToMarkdown(Facts);
        File.WriteAllText(Path.Combine(folder, "README.md"), text);
        return new ExportedFolder(folder).Card();
    }
}
