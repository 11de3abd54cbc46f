using System.Runtime.InteropServices;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using TorchSharp;

namespace ReasonIR.Models.CrossEncoders;

/// <summary>
/// A reranker or classifier over pairs of texts, as sentence-transformers' CrossEncoder: a folder with a *ForSequenceClassification model.
/// Pairs are sorted by length and go through in batches of about <see cref="TokensPerBatch"/> tokens without padding, each a piece of work of
/// its own on <see cref="TorchThread"/>. One object may be used by several threads.
/// </summary>
public sealed class CrossEncoder : IDisposable
{
    /// <summary>As of the text encoders: smaller batches lose in the matrix products, larger ones in the caches.</summary>
    const int TokensPerBatch = 2048;

    readonly CrossEncoderModel model;
    readonly PairTokens tokens;

    CrossEncoder(CrossEncoderModel model, PairTokens tokens, ClassificationConfig config, string type) =>
        (this.model, this.tokens, Labels, Activation, ModelType) = (model, tokens, config.Labels, config.Activation, type);

    /// <summary>config.json's model_type.</summary>
    public string ModelType { get; }

    /// <summary>Names of a pair's scores in order.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>What <see cref="Score"/> applies to the logits: the folder's own, else the sigmoid for one label and nothing for several.</summary>
    public Activation Activation { get; }

    /// <summary>Tokens of a pair that are read, special ones included; longer ones are cut, the longer half first.</summary>
    public int MaxTokens => tokens.MaxTokens;

    /// <summary>SHA-256 of tokenizer.json, hex.</summary>
    public string TokenizerHash => tokens.Hash;

    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A file is broken or does not fit the others.</exception>
    /// <exception cref="NotSupportedException">It is no cross-encoder, or one of a kind that is not implemented; the message names it.</exception>
    /// <exception cref="TorchUnavailableException">libtorch is not there.</exception>
    public static CrossEncoder Open(string path, ModelOptions? options = null)
    {
        var folder = SentenceTransformersFolder.Open(path, "sequence-classification");
        if (folder.Modules.Index().FirstOrDefault(m => m.Index > 0 || m.Item.Kind != "Transformer").Item is { } other)
            throw new NotSupportedException($"{folder.Path}/modules.json: the module '{other.Kind}' of a cross-encoder is not supported; a Transformer alone is.");
        TorchRuntime.Status.Require();
        var (config, type) = (ClassificationConfig.Read(folder.Path, folder.Body), Architectures.TypeOf(folder.Body));
        var model = TorchThread.Run(() => CrossEncoderModel.Load(folder.Body, config.Labels.Count, options));
        try
        {
            return new(model, PairTokens.Open(folder, model.Transformer), config, type);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The pairs' scores, row-major [pairs, labels]: the logits under <see cref="Activation"/>.</summary>
    /// <param name="maxTokens">Cut to so many tokens; null: the model's own limit, which it cannot exceed.</param>
    public float[] Score(IReadOnlyList<TextPair> pairs, int? maxTokens = null, CancellationToken cancellationToken = default) =>
        Run(pairs, maxTokens, Activation, cancellationToken);

    /// <summary>The pairs' logits, row-major [pairs, labels].</summary>
    public float[] Logits(IReadOnlyList<TextPair> pairs, int? maxTokens = null, CancellationToken cancellationToken = default) =>
        Run(pairs, maxTokens, Activation.Identity, cancellationToken);

    /// <summary>A pair as the model reads it.</summary>
    /// <exception cref="TextTooLongException">It is longer than the limit, and <see cref="TextCut.Refuse"/> was asked for.</exception>
    public TokenizedPair Tokenize(TextPair pair, int? maxTokens = null, TextCut cut = TextCut.Default) => tokens.Encode(pair, maxTokens, cut);

    /// <summary>A text as a classifier of single texts reads it.</summary>
    /// <exception cref="TextTooLongException">It is longer than the limit, and <see cref="TextCut.Refuse"/> was asked for.</exception>
    public TokenizedPair TokenizeText(string text, int? maxTokens = null, TextCut cut = TextCut.Default) => tokens.EncodeText(text, maxTokens, cut);

    /// <summary>Tokens that a batch is best made of.</summary>
    public int BatchTokens => TokensPerBatch;

    /// <summary>One batch, as it stands: logits into rows of <paramref name="destination"/> [pairs, labels].</summary>
    public void LogitsOfBatch(IReadOnlyList<TokenizedPair> pairs, Memory<float> destination) => TorchThread.Run(() =>
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        MemoryMarshal.Cast<byte, float>(Logits(pairs).cpu().contiguous().bytes).CopyTo(destination.Span);
    });

    float[] Run(IReadOnlyList<TextPair> pairs, int? maxTokens, Activation activation, CancellationToken cancellationToken)
    {
        var scores = new float[pairs.Count * Labels.Count];
        var tokenized = new TokenizedPair[pairs.Count];
        for (var i = 0; i < tokenized.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            tokenized[i] = tokens.Encode(pairs[i], maxTokens);
        }
        var order = Enumerable.Range(0, tokenized.Length).OrderByDescending(i => tokenized[i].Ids.Length).ToArray();
        for (var start = 0; start < order.Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var end = start;
            for (var total = 0; end < order.Length && (end == start || total + tokenized[order[end]].Ids.Length <= TokensPerBatch); end++)
                total += tokenized[order[end]].Ids.Length;
            var batch = order[start..end];
            TorchThread.Run(() => Run(tokenized, batch, activation, scores));
            start = end;
        }
        return scores;
    }

    void Run(TokenizedPair[] tokenized, int[] batch, Activation activation, float[] scores)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        var rows = MemoryMarshal.Cast<byte, float>(activation.Apply(Logits([.. batch.Select(i => tokenized[i])])).cpu().contiguous().bytes);
        for (var i = 0; i < batch.Length; i++)
            rows.Slice(i * Labels.Count, Labels.Count).CopyTo(scores.AsSpan(batch[i] * Labels.Count));
    }

    torch.Tensor Logits(IReadOnlyList<TokenizedPair> pairs) =>
        model.call(PackedBatch.From([.. pairs.Select(pair => pair.Ids)], [.. pairs.Select(pair => pair.TypeIds)]).On(model.parameters().First().device));

    public void Dispose() => model.Dispose();
}
