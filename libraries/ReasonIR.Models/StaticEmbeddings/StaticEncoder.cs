using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;
using ReasonIR.Tokenizers;
using ReasonIR.Tokenizers.Limits;

namespace ReasonIR.Models.StaticEmbeddings;

/// <summary>
/// sentence-transformers' <c>StaticEmbedding</c> (also model2vec's and potion's folders): a text is the mean of the rows of its tokens,
/// special tokens left out, then of length 1 where the folder says Normalize. An empty text gives zeros. Plain C#; thread-safe.
/// </summary>
public sealed class StaticEncoder : ITextEncoder
{
    const int ParallelFrom = 32;

    /// <summary>A table row a token: a batch is large before the work outweighs handing it over.</summary>
    const int TokensPerBatch = 65536;

    readonly Tokenizer tokenizer;
    readonly float[] rows;
    readonly PromptSet prompts;
    readonly Model2VecRules? rules;
    readonly bool normalize;
    readonly int width;
    readonly Lazy<EncoderDescription> description;

    StaticEncoder(Tokenizer tokenizer, StaticTable table, SentenceTransformersFolder folder, Model2VecRules? rules, string weightsPath)
    {
        (this.tokenizer, rows, width, prompts, this.rules) = (tokenizer, table.Rows, table.Dimension, folder.Prompts, rules);
        normalize = rules?.Normalize ?? folder.Find("Normalize") is not null;
        Dimension = Math.Min(folder.TruncateDimension ?? width, width);
        MaxTokens = Math.Min(tokenizer.Truncation?.MaxLength ?? int.MaxValue, rules is null ? int.MaxValue : Model2VecRules.MaxTokens);
        description = new(() =>
        {
            using var weights = File.OpenRead(weightsPath);
            return new(ModelType, Dimension, MaxTokens, "mean", Normalized, "f32", tokenizer.Hash, Convert.ToHexStringLower(SHA256.HashData(weights)));
        });
    }

    public string ModelType => "static";

    public int Dimension { get; }

    public int MaxTokens { get; }

    /// <summary>Not where truncate_dim cuts elements off afterwards.</summary>
    public bool Normalized => normalize && Dimension == width;

    public int BatchTokens => TokensPerBatch;

    public int TokenDimension => width;

    public Tokenizer Tokenizer => tokenizer;

    public EncoderDescription Description => description.Value;

    public IReadOnlyDictionary<string, string> Prompts => prompts.Prompts;

    public string PromptText(EncodeOptions options) => prompts.Resolve(options);

    /// <exception cref="InvalidDataException">The table and the tokenizer do not fit each other, or a file is broken.</exception>
    /// <exception cref="NotSupportedException">A module other than Normalize follows the table.</exception>
    public static StaticEncoder Open(SentenceTransformersFolder folder)
    {
        if (folder.Modules.Skip(1).FirstOrDefault(module => module.Kind != "Normalize") is { } other)
            throw new NotSupportedException($"{folder.Path}/modules.json: the module '{other.Kind}' after StaticEmbedding is not supported; only Normalize is.");
        var own = folder.Modules is [{ Folder: var first }, ..] ? first : folder.Path;
        var tokenizer = Tokenizer.Load(Path.Combine(own, "tokenizer.json"));
        var weights = Path.Combine(own, "model.safetensors");
        var table = StaticTable.Read(weights);
        return tokenizer.VocabularySize <= table.Count
            ? new(tokenizer, table, folder, folder.Modules.Count == 0 ? Model2VecRules.Read(own, tokenizer) : null, weights)
            : throw new InvalidDataException($"{weights}: the table has {table.Count} rows, fewer rows than the tokenizer has ids ({tokenizer.VocabularySize}).");
    }

    public void Encode(IReadOnlyList<string> texts, EncodeOptions options, Memory<float> destination, CancellationToken cancellationToken = default)
    {
        if (destination.Length != (long)texts.Count * Dimension)
            throw new ArgumentException($"The destination has {destination.Length} elements; {texts.Count} x {Dimension} were expected.", nameof(destination));
        var prompt = prompts.Resolve(options);
        if (texts.Count < ParallelFrom)
        {
            var ids = new List<int>();
            for (var i = 0; i < texts.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                EncodeOne(prompt, texts[i], options, ids, destination.Span.Slice(i * Dimension, Dimension));
            }
            return;
        }
        Parallel.For(0, texts.Count, new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
            () => new List<int>(),
            (i, _, ids) =>
            {
                EncodeOne(prompt, texts[i], options, ids, destination.Span.Slice(i * Dimension, Dimension));
                return ids;
            },
            _ => { });
    }

    public int CountTokens(string text, EncodeOptions? options = null) =>
        tokenizer.EncodeIds(prompts.Resolve(options ?? EncodeOptions.Default) + text, addSpecialTokens: false).Length;

    public TokenizedText Tokenize(ReadOnlySpan<char> text, EncodeOptions options)
    {
        var ids = new List<int>(text.Length / 4 + 8);
        return new([.. Read(prompts.Resolve(options), text, options, ids)], 0, ids.Count);
    }

    public TokenizedText Tokenize(int[] ids, EncodeOptions options)
    {
        foreach (var id in ids)
            if (id < 0 || id >= tokenizer.VocabularySize)
                throw new ArgumentException($"{id} is no token id; 0 to {tokenizer.VocabularySize - 1} were expected.", nameof(ids));
        return new([.. Cut(ids, options)], 0, ids.Length);
    }

    public void EncodeBatch(IReadOnlyList<TokenizedText> texts, Memory<float> destination)
    {
        for (var i = 0; i < texts.Count; i++)
            Cut(texts[i].Ids, normalize && !Normalized, destination.Span.Slice(i * Dimension, Dimension));
    }

    public float[] EncodeTokens(TokenizedText text)
    {
        var vectors = new float[text.Ids.Length * width];
        for (var i = 0; i < text.Ids.Length; i++)
            rows.AsSpan(text.Ids[i] * width, width).CopyTo(vectors.AsSpan(i * width));
        return vectors;
    }

    public void Dispose() { }

    ReadOnlySpan<int> Read(string prompt, ReadOnlySpan<char> text, EncodeOptions options, List<int> ids)
    {
        ids.Clear();
        var whole = prompt.Length == 0 ? text : string.Concat(prompt, text);
        tokenizer.AppendIds(rules is null ? whole : rules.Beginning(whole), ids, addSpecialTokens: false);
        if (rules?.UnknownId is { } unknown)
            ids.RemoveAll(id => id == unknown);
        return Cut(CollectionsMarshal.AsSpan(ids), options);
    }

    ReadOnlySpan<int> Cut(ReadOnlySpan<int> ids, EncodeOptions options)
    {
        var limit = Math.Min(MaxTokens, options.MaxTokens ?? int.MaxValue);
        return ids.Length <= limit ? ids
            : options.Cut == TextCut.Refuse ? throw new TextTooLongException(ids.Length, limit)
            : options.Cut == TextCut.Start || options.Cut == TextCut.Default && tokenizer.Truncation?.Direction == Side.Left ? ids[^limit..] : ids[..limit];
    }

    void EncodeOne(string prompt, string text, EncodeOptions options, List<int> ids, Span<float> vector) => Cut(Read(prompt, text, options, ids), normalize, vector);

    /// <summary>The mean, of length 1 where asked for, then its first elements.</summary>
    void Cut(ReadOnlySpan<int> ids, bool normalize, Span<float> vector)
    {
        if (vector.Length == width)
        {
            Mean(ids, normalize, vector);
            return;
        }
        var whole = new float[width];
        Mean(ids, normalize, whole);
        whole.AsSpan(0, vector.Length).CopyTo(vector);
    }

    void Mean(ReadOnlySpan<int> ids, bool normalize, Span<float> vector)
    {
        vector.Clear();
        foreach (var id in ids)
            TensorPrimitives.Add(vector, rows.AsSpan(id * width, width), vector);
        if (ids.Length > 1)
            TensorPrimitives.Multiply(vector, 1f / ids.Length, vector);
        if (normalize)
            TensorPrimitives.Divide(vector, Math.Max(TensorPrimitives.Norm<float>(vector), 1e-12f), vector);
    }
}
