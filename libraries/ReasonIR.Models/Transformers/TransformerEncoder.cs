using System.Runtime.InteropServices;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Torch;
using TorchSharp;

namespace ReasonIR.Models.Transformers;

/// <summary>
/// A transformer folder as a text encoder. Texts are sorted by length and go through in batches of about <see cref="TokensPerBatch"/>
/// tokens without padding, each a piece of work of its own on <see cref="TorchThread"/>, so that a short request passes between a long one's.
/// </summary>
public sealed class TransformerEncoder : ITextEncoder
{
    /// <summary>Measured on two cores: smaller batches lose in the matrix products, larger ones in the caches.</summary>
    const int TokensPerBatch = 2048;

    readonly SentenceModel model;
    readonly TextTokens tokens;
    readonly PromptSet prompts;
    readonly Lazy<EncoderDescription> description;

    TransformerEncoder(SentenceModel model, TextTokens tokens, PromptSet prompts, string type, Func<EncoderDescription> describe)
    {
        (this.model, this.tokens, this.prompts, ModelType) = (model, tokens, prompts, type);
        description = new(describe);
    }

    public string ModelType { get; }

    public int Dimension => model.Dimension;

    public int MaxTokens => tokens.MaxTokens;

    public EncoderDescription Description => description.Value;

    public IReadOnlyDictionary<string, string> Prompts => prompts.Prompts;

    public string PromptText(EncodeOptions options) => prompts.Resolve(options);

    /// <exception cref="TorchUnavailableException">libtorch is not there.</exception>
    public static TransformerEncoder Open(SentenceTransformersFolder folder)
    {
        TorchRuntime.Status.Require();
        var body = folder.Find("Transformer")?.Folder ?? folder.Path;
        var model = TorchThread.Run(() => SentenceModel.Load(folder));
        try
        {
            var tokens = TextTokens.Open(folder, model.Transformer);
            var (type, pooling) = (Architectures.TypeOf(body), folder.Pooling().Mode);
            return new(model, tokens, folder.Prompts, type, () => new(type, model.Dimension, tokens.MaxTokens, pooling, model.Normalized, "f32",
                tokens.Hash, WeightFiles.Hash([.. WeightFiles.Paths(body), .. folder.Dense().Select(d => d.WeightsPath)])));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public int CountTokens(string text, EncodeOptions? options = null) => tokens.Count(text, prompts.Resolve(options ?? EncodeOptions.Default));

    public void Encode(IReadOnlyList<string> texts, EncodeOptions options, Memory<float> destination, CancellationToken cancellationToken = default)
    {
        if (destination.Length != (long)texts.Count * Dimension)
            throw new ArgumentException($"The destination has {destination.Length} elements; {texts.Count} texts of {Dimension} dimensions were expected.", nameof(destination));
        var prompt = prompts.Resolve(options);
        var tokenized = new TokenizedText[texts.Count];
        for (var i = 0; i < tokenized.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            tokenized[i] = tokens.Encode(texts[i], prompt, options.MaxTokens);
        }
        var order = Enumerable.Range(0, tokenized.Length).OrderByDescending(i => tokenized[i].Ids.Length).ToArray();
        for (var start = 0; start < order.Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var end = start;
            for (var total = 0; end < order.Length && (end == start || total + tokenized[order[end]].Ids.Length <= TokensPerBatch); end++)
                total += tokenized[order[end]].Ids.Length;
            var batch = order[start..end];
            TorchThread.Run(() => Encode(tokenized, batch, destination));
            start = end;
        }
    }

    void Encode(TokenizedText[] tokenized, int[] batch, Memory<float> destination)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var packed = PackedBatch.From([.. batch.Select(i => tokenized[i].Ids)]);
        var vectors = model.Encode(packed, model.IncludePrompt ? null : [.. batch.Select(i => tokenized[i].Prompt)]);
        var rows = MemoryMarshal.Cast<byte, float>(vectors.contiguous().bytes);
        for (var i = 0; i < batch.Length; i++)
            rows.Slice(i * Dimension, Dimension).CopyTo(destination.Span[(batch[i] * Dimension)..]);
    }

    public void Dispose() => model.Dispose();
}
