using System.Text.Json.Serialization;
using ReasonIR.Contracts.Specs;

namespace ReasonIR.Contracts.Runs.Training;

/// <summary>What training starts from. Changing the backbone of a recipe changes <paramref name="Model"/> alone.</summary>
/// <param name="Model"><c>static</c> (from scratch on the corpus of the data, no libtorch), <c>tiny</c> (a small bidirectional Llama from scratch on the
/// corpus, with a vocabulary trained on it), or the name of a registered model.</param>
/// <param name="Attention"><c>bidirectional</c> or <c>causal</c>, for decoders; null: as the model's folder says.</param>
/// <param name="Pooling">Of a folder that states none: <c>mean</c>, <c>lasttoken</c>, <c>cls</c>, <c>max</c>, <c>weightedmean</c>, <c>mean_sqrt_len_tokens</c>; null: <c>mean</c>.</param>
/// <param name="PoolPrompt">Whether the tokens of prompts and instructions count in the pooling, for a folder that does not say; null: they do.</param>
/// <param name="Tiny">The size of <c>tiny</c>.</param>
/// <param name="Static">Settings of <c>static</c>.</param>
[Shorthand(nameof(Model))]
public sealed record BaseSection(
    string Model = BaseSection.Scratch, string? Attention = null, string? Pooling = null, bool? PoolPrompt = null, TinySection? Tiny = null, StaticSection? Static = null)
{
    /// <summary>The static encoder from scratch.</summary>
    public const string Scratch = "static";

    /// <summary>The small Llama from scratch.</summary>
    public const string TinyLlama = "tiny";

    /// <summary>Whether the untrained start becomes a model too.</summary>
    [JsonIgnore]
    public bool KeepsStart => Model switch { Scratch => Static?.KeepStart ?? true, TinyLlama => Tiny?.KeepStart ?? true, _ => false };

    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Name("base.model", Model),
        .. Attention is null ? [] : SpecChecks.OneOf("base.attention", Attention, "bidirectional", "causal"),
        .. Pooling is null ? [] : SpecChecks.OneOf("base.pooling", Pooling, "mean", "lasttoken", "cls", "max", "weightedmean", "mean_sqrt_len_tokens"),
        .. Tiny?.Problems() ?? [],
        .. Tiny is not null && Model != TinyLlama ? new[] { $"base.tiny: only the base 'tiny' has a size to choose, found the base '{Model}'." } : [],
        .. Static?.Problems() ?? [],
        .. Static is not null && Model != Scratch ? new[] { $"base.static: only the base 'static' has these settings, found the base '{Model}'." } : [],
    ];
}

/// <summary>The size of a Llama made from scratch. Null: the default.</summary>
/// <param name="Layers">4.</param>
/// <param name="Hidden">Width of the token vectors, and of the text's: 256.</param>
/// <param name="Heads">4.</param>
/// <param name="KeyValueHeads">As many as heads.</param>
/// <param name="Intermediate">Width of the feed-forward part: 8/3 of hidden, rounded up to a multiple of 16.</param>
/// <param name="Vocabulary">Tokens of the byte-level BPE vocabulary: 8,192.</param>
/// <param name="MaxTokens">Longer texts are cut: 512.</param>
/// <param name="KeepStart">As <see cref="StaticSection.KeepStart"/>.</param>
public sealed record TinySection(
    int? Layers = null, int? Hidden = null, int? Heads = null, int? KeyValueHeads = null, int? Intermediate = null, int? Vocabulary = null, int? MaxTokens = null, bool KeepStart = true)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Range("base.tiny.layers", Layers, 1, 200),
        .. SpecChecks.Range("base.tiny.hidden", Hidden, 8, 16_384),
        .. SpecChecks.Range("base.tiny.heads", Heads, 1, 256),
        .. SpecChecks.Range("base.tiny.keyValueHeads", KeyValueHeads, 1, 256),
        .. SpecChecks.Range("base.tiny.intermediate", Intermediate, 8, 131_072),
        .. SpecChecks.Range("base.tiny.vocabulary", Vocabulary, 300, 1_000_000),
        .. SpecChecks.Range("base.tiny.maxTokens", MaxTokens, 8, 131_072),
        .. (Hidden ?? 256) % (2 * (Heads ?? 4)) != 0 ? new[] { $"base.tiny.heads: expected heads of an even width, found {Heads ?? 4} heads over hidden {Hidden ?? 256}." } : [],
        .. (Heads ?? 4) % (KeyValueHeads ?? Heads ?? 4) != 0 ? new[] { $"base.tiny.keyValueHeads: expected a divisor of the {Heads ?? 4} heads, found {KeyValueHeads}." } : [],
    ];
}

/// <summary>Settings of the static encoder.</summary>
/// <param name="Dimension">Width of its vectors.</param>
/// <param name="KeepStart">Also register the untrained start as <c>MODEL-start</c>, so that training's effect can be measured.</param>
public sealed record StaticSection(int? Dimension = null, bool KeepStart = true)
{
    internal IEnumerable<string> Problems() => SpecChecks.Range("base.static.dimension", Dimension, 8, 8192);
}
