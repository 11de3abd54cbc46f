using ReasonIR.Models;
using ReasonIR.Models.Transformers;
using ReasonIR.Tokenizers;

namespace ReasonIR.Encoder.Tests.Batching;

/// <summary>A real encoder that waits before each batch until it is let through, and remembers the batches.</summary>
sealed class GatedEncoder(ITextEncoder inner) : ITextEncoder
{
    readonly SemaphoreSlim gate = new(0);
    readonly SemaphoreSlim arrived = new(0);

    public List<int[][]> Batches { get; } = [];

    /// <summary>Fails batches that hold this id.</summary>
    public int? Poison { get; set; }

    public void Open(int batches = 1) => gate.Release(batches);

    /// <summary>Until a batch stands before the gate.</summary>
    public Task ArrivedAsync(CancellationToken cancellation) => arrived.WaitAsync(cancellation);

    public void EncodeBatch(IReadOnlyList<TokenizedText> texts, Memory<float> destination)
    {
        lock (Batches)
            Batches.Add([.. texts.Select(text => text.Ids)]);
        arrived.Release();
        gate.Wait();
        if (texts.Any(text => text.Ids.Contains(Poison ?? -1)))
            throw new InvalidOperationException("poisoned");
        inner.EncodeBatch(texts, destination);
    }

    public string ModelType => inner.ModelType;
    public int Dimension => inner.Dimension;
    public int MaxTokens => inner.MaxTokens;
    public bool Normalized => inner.Normalized;
    public EncoderDescription Description => inner.Description;
    public IReadOnlyDictionary<string, string> Prompts => inner.Prompts;
    public Tokenizer Tokenizer => inner.Tokenizer;
    public int BatchTokens => inner.BatchTokens;
    public int TokenDimension => inner.TokenDimension;
    public string PromptText(EncodeOptions options) => inner.PromptText(options);
    public void Encode(IReadOnlyList<string> texts, EncodeOptions options, Memory<float> destination, CancellationToken cancellationToken = default) => inner.Encode(texts, options, destination, cancellationToken);
    public int CountTokens(string text, EncodeOptions? options = null) => inner.CountTokens(text, options);
    public TokenizedText Tokenize(ReadOnlySpan<char> text, EncodeOptions options) => inner.Tokenize(text, options);
    public TokenizedText Tokenize(int[] ids, EncodeOptions options) => inner.Tokenize(ids, options);
    public float[] EncodeTokens(TokenizedText text) => inner.EncodeTokens(text);
    public void Dispose() => inner.Dispose();
}
