using System.Text.Json.Serialization;

namespace ReasonIR.Contracts.Models;

/// <summary>A dataset that a model, or a model it was trained from, was trained on.</summary>
/// <param name="Model">The model.</param>
/// <param name="Dataset">The dataset.</param>
/// <param name="Version">Its version.</param>
/// <param name="Generator"><c>extractive</c>, <c>llm</c>, <c>import</c>; null where the version is no longer here.</param>
/// <param name="LanguageModel">The language model that wrote texts of it; null: none, or none that is known.</param>
public sealed record TrainedOnInfo(string Model, string Dataset, int Version, string? Generator = null, string? LanguageModel = null)
{
    /// <summary>The version in short, with the language model behind it: <c>hard@1 (language model: qwen3)</c>.</summary>
    [JsonIgnore]
    public string Short => LanguageModel is null ? $"{Dataset}@{Version}" : $"{Dataset}@{Version} (language model: {LanguageModel})";

    /// <summary>Where its texts come from, in words.</summary>
    [JsonIgnore]
    public string Words => (Generator, LanguageModel) switch
    {
        ("llm", null) => "texts written by a language model whose name was not recorded",
        (_, { } model) => $"texts written by the language model {model}",
        ("extractive", _) => "cut from the documents of a corpus, no language model",
        ("import", _) => "imported; whether a language model wrote it is not recorded",
        (null, _) => "no longer here",
        var (other, _) => other,
    };

    /// <summary>Several in a line; empty where there are none.</summary>
    public static string List(IEnumerable<TrainedOnInfo>? trained) => string.Join(", ", trained?.Select(one => one.Short) ?? []);
}
