using System.Runtime.InteropServices;
using ReasonIR.Models.Lora;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Tokenizers;
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

    /// <summary>A GPU is filled by more.</summary>
    const int DeviceTokensPerBatch = 32768;

    readonly SentenceModel model;
    readonly TextTokens tokens;
    readonly PromptSet prompts;
    readonly ModelOptions options;
    readonly Lazy<EncoderDescription> description;

    TransformerEncoder(SentenceModel model, TextTokens tokens, PromptSet prompts, string type, ModelOptions options, Func<EncoderDescription> describe)
    {
        (this.model, this.tokens, this.prompts, ModelType, this.options) = (model, tokens, prompts, type, options);
        description = new(describe);
    }

    public string ModelType { get; }

    public int Dimension => model.Dimension;

    public int MaxTokens => tokens.MaxTokens;

    public bool Normalized => model.Normalized;

    public int BatchTokens => options.Device is { type: DeviceType.CUDA } ? DeviceTokensPerBatch : TokensPerBatch;

    public int TokenDimension => model.Transformer.HiddenSize;

    public Tokenizer Tokenizer => tokens.Tokenizer;

    public EncoderDescription Description => description.Value;

    public IReadOnlyDictionary<string, string> Prompts => prompts.Prompts;

    public string PromptText(EncodeOptions options) => prompts.Resolve(options);

    /// <exception cref="TorchUnavailableException">libtorch is not there.</exception>
    public static TransformerEncoder Open(SentenceTransformersFolder folder, ModelOptions options)
    {
        var adapter = options.Adapter ?? folder.Adapter;
        // libtorch takes half a second to load: meanwhile the weights come into memory and another core reads the tokenizer.
        using var weights = WeightFiles.Open(folder.Body);
        weights.Prefetch();
        var reading = Task.Run(() => TextTokens.LoadTokenizer(folder));
        TorchRuntime.Status.Require();
        var model = TorchThread.Run(() => SentenceModel.Load(folder, options));
        try
        {
            var tokens = TextTokens.Open(folder, model.Transformer, tokenizer: reading.GetAwaiter().GetResult());
            var (type, pooling) = (Architectures.TypeOf(folder.Body), folder.Pooling().Mode);
            return new(model, tokens, folder.Prompts, type, options, () => new(type, model.Dimension, tokens.MaxTokens, pooling, model.Normalized, Name(options.Compute),
                tokens.Hash, WeightFiles.Hash([.. WeightFiles.Paths(folder.Body), .. adapter is null ? [] : AdapterFolder.Files(adapter), .. folder.Dense().Select(d => d.WeightsPath)])));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public int CountTokens(string text, EncodeOptions? options = null) => tokens.Count(text, prompts.Resolve(options ?? EncodeOptions.Default));

    public TokenizedText Tokenize(ReadOnlySpan<char> text, EncodeOptions options) => tokens.Encode(text, prompts.Resolve(options), options.MaxTokens, options.Cut);

    public TokenizedText Tokenize(int[] ids, EncodeOptions options) => tokens.FromIds(ids, options.MaxTokens, options.Cut);

    public void Encode(IReadOnlyList<string> texts, EncodeOptions options, Memory<float> destination, CancellationToken cancellationToken = default)
    {
        if (destination.Length != (long)texts.Count * Dimension)
            throw new ArgumentException($"The destination has {destination.Length} elements; {texts.Count} texts of {Dimension} dimensions were expected.", nameof(destination));
        var tokenized = new TokenizedText[texts.Count];
        for (var i = 0; i < tokenized.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            tokenized[i] = Tokenize(texts[i].AsSpan(), options);
        }
        var order = Enumerable.Range(0, tokenized.Length).OrderByDescending(i => tokenized[i].Ids.Length).ToArray();
        for (var start = 0; start < order.Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var end = start;
            for (var total = 0; end < order.Length && (end == start || total + tokenized[order[end]].Ids.Length <= BatchTokens); end++)
                total += tokenized[order[end]].Ids.Length;
            var batch = order[start..end];
            TorchThread.Run(() => Encode([.. batch.Select(i => tokenized[i])], normalize: null, (i, row) => row.CopyTo(destination.Span[(batch[i] * Dimension)..])));
            start = end;
        }
    }

    public void EncodeBatch(IReadOnlyList<TokenizedText> texts, Memory<float> destination) =>
        TorchThread.Run(() => Encode(texts, normalize: false, (i, row) => row.CopyTo(destination.Span[(i * Dimension)..])));

    public float[] EncodeTokens(TokenizedText text) => TorchThread.Run(() =>
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var hidden = model.Transformer.call(PackedBatch.From([text.Ids]).On(model.Transformer.Device)).to(torch.ScalarType.Float32).cpu().contiguous();
        return MemoryMarshal.Cast<byte, float>(hidden.bytes).ToArray();
    });

    delegate void TakeRow(int text, ReadOnlySpan<float> vector);

    void Encode(IReadOnlyList<TokenizedText> texts, bool? normalize, TakeRow take)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var packed = PackedBatch.From([.. texts.Select(t => t.Ids)]);
        var vectors = model.Encode(packed, model.IncludePrompt ? null : [.. texts.Select(t => t.Prompt)], normalize);
        var rows = MemoryMarshal.Cast<byte, float>(vectors.cpu().contiguous().bytes);
        for (var i = 0; i < texts.Count; i++)
            take(i, rows.Slice(i * Dimension, Dimension));
    }

    static string Name(torch.ScalarType type) => type switch
    {
        torch.ScalarType.Float32 => "f32",
        torch.ScalarType.BFloat16 => "bf16",
        torch.ScalarType.Float16 => "f16",
        _ => type.ToString(),
    };

    public void Dispose() => model.Dispose();
}
