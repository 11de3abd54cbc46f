using System.Text.Json.Nodes;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Tokenizers;

namespace ReasonIR.Models.Export;

/// <summary>What an exported folder holds beside the weights: where the model came from, or what it was made with from scratch.</summary>
public sealed class ExportSource
{
    readonly Action<string, int> writeTokenizer;

    ExportSource(JsonObject config, Action<string, int> writeTokenizer) => (Config, this.writeTokenizer) = (config, writeTokenizer);

    /// <summary>config.json, before the weights are described in it.</summary>
    public JsonObject Config { get; }

    public PromptSet Prompts { get; private init; } = PromptSet.None;

    /// <summary>The limit on a text, special tokens included; null: the model's positions alone.</summary>
    public int? MaxTokens { get; private init; }

    public bool LowerCase { get; private init; }

    public SimilarityFunction Similarity { get; private init; }

    /// <summary>A model that had no modules of its own was compared by cosine, so its vectors get length 1.</summary>
    public bool AddsNormalize { get; private init; }

    /// <summary>The folder the model was loaded from: its configuration, tokenizer, prompts and license go along. An adapter's base gives the configuration.</summary>
    public static ExportSource Of(SentenceTransformersFolder folder)
    {
        var path = Path.Combine(folder.Body, "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? throw new InvalidDataException($"{path}: an object was expected.");
        string[] places = [folder.Adapter ?? folder.Body, folder.Body, folder.Path];
        return new(config, (target, limit) => TokenizerFiles.Copy(places, target, config, limit))
        {
            Prompts = folder.Prompts,
            MaxTokens = folder.MaxTokens,
            LowerCase = folder.Settings.LowerCase,
            Similarity = folder.Similarity,
            AddsNormalize = folder.Modules.Count == 0,
        };
    }

    /// <summary>A model made here.</summary>
    /// <param name="config">config.json; its token ids name the padding, start and end tokens.</param>
    /// <param name="tokenizerJson">Bytes of tokenizer.json.</param>
    public static ExportSource FromScratch(JsonObject config, ReadOnlyMemory<byte> tokenizerJson, int? maxTokens = null, PromptSet? prompts = null)
    {
        // Read once here, so that a broken tokenizer is no model's.
        Tokenizer.Parse(tokenizerJson);
        return new(config, (target, limit) => TokenizerFiles.Write(tokenizerJson, target, config, limit))
        {
            Prompts = prompts ?? PromptSet.None,
            MaxTokens = maxTokens,
            AddsNormalize = true,
        };
    }

    internal void WriteTokenizer(string target, int maxTokens) => writeTokenizer(target, maxTokens);
}
