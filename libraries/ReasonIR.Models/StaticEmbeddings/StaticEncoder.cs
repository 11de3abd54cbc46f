using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ReasonIR.Models.Safetensors;
using ReasonIR.Models.SentenceTransformers;
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

    readonly Tokenizer tokenizer;
    readonly float[] rows;
    readonly PromptSet prompts;
    readonly bool normalize;
    readonly Lazy<EncoderDescription> description;

    StaticEncoder(Tokenizer tokenizer, float[] rows, int dimension, PromptSet prompts, bool normalize, string weightsPath)
    {
        (this.tokenizer, this.rows, Dimension, this.prompts, this.normalize) = (tokenizer, rows, dimension, prompts, normalize);
        MaxTokens = tokenizer.Truncation?.MaxLength ?? int.MaxValue;
        description = new(() =>
        {
            using var weights = File.OpenRead(weightsPath);
            return new(ModelType, Dimension, MaxTokens, "mean", normalize, "f32", tokenizer.Hash, Convert.ToHexStringLower(SHA256.HashData(weights)));
        });
    }

    public string ModelType => "static";

    public int Dimension { get; }

    public int MaxTokens { get; }

    public EncoderDescription Description => description.Value;

    public IReadOnlyDictionary<string, string> Prompts => prompts.Prompts;

    public string PromptText(EncodeOptions options) => prompts.Resolve(options);

    /// <exception cref="InvalidDataException">The table and the tokenizer do not fit each other, or a file is broken.</exception>
    /// <exception cref="NotSupportedException">A module other than Normalize follows the table.</exception>
    public static StaticEncoder Open(SentenceTransformersFolder folder)
    {
        if (folder.Modules.Skip(1).FirstOrDefault(module => module.Kind != "Normalize") is { } other)
            throw new NotSupportedException($"{folder.Path}/modules.json: the module '{other.Kind}' after StaticEmbedding is not supported; only Normalize is.");
        var own = folder.Modules[0].Folder;
        var tokenizer = Tokenizer.Load(Path.Combine(own, "tokenizer.json"));
        var weights = Path.Combine(own, "model.safetensors");
        using var file = SafetensorsFile.Open(weights);
        // model2vec's own folders name the table "embeddings".
        var name = file.Tensors.ContainsKey("embedding.weight") || !file.Tensors.ContainsKey("embeddings") ? "embedding.weight" : "embeddings";
        var table = file.Get(name, -1, -1);
        if (tokenizer.VocabularySize > table.Shape[0])
            throw new InvalidDataException($"{weights}: tensor '{name}' {table.ShapeText} has fewer rows than the tokenizer has ids ({tokenizer.VocabularySize}).");
        if (table.Shape[1] is < 1 or > 65536)
            throw new InvalidDataException($"{weights}: tensor '{name}' {table.ShapeText}: rows of 1 to 65536 elements were expected.");
        return new(tokenizer, file.ReadFloats(name), (int)table.Shape[1], folder.Prompts, folder.Find("Normalize") is not null, weights);
    }

    public void Encode(IReadOnlyList<string> texts, EncodeOptions options, Memory<float> destination, CancellationToken cancellationToken = default)
    {
        if (destination.Length != (long)texts.Count * Dimension)
            throw new ArgumentException($"The destination has {destination.Length} elements; {texts.Count} x {Dimension} were expected.", nameof(destination));
        var prompt = prompts.Resolve(options);
        var limit = Math.Min(MaxTokens, options.MaxTokens ?? int.MaxValue);
        if (texts.Count < ParallelFrom)
        {
            var ids = new List<int>();
            for (var i = 0; i < texts.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                EncodeOne(prompt, texts[i], limit, ids, destination.Span.Slice(i * Dimension, Dimension));
            }
            return;
        }
        Parallel.For(0, texts.Count, new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
            () => new List<int>(),
            (i, _, ids) =>
            {
                EncodeOne(prompt, texts[i], limit, ids, destination.Span.Slice(i * Dimension, Dimension));
                return ids;
            },
            _ => { });
    }

    public int CountTokens(string text, EncodeOptions? options = null) =>
        tokenizer.EncodeIds(prompts.Resolve(options ?? EncodeOptions.Default) + text, addSpecialTokens: false).Length;

    public void Dispose() { }

    void EncodeOne(string prompt, string text, int limit, List<int> ids, Span<float> vector)
    {
        ids.Clear();
        tokenizer.AppendIds(prompt.Length == 0 ? text : prompt + text, ids, addSpecialTokens: false);
        ReadOnlySpan<int> kept = CollectionsMarshal.AsSpan(ids);
        if (kept.Length > limit)
            kept = tokenizer.Truncation?.Direction == Side.Left ? kept[^limit..] : kept[..limit];

        vector.Clear();
        foreach (var id in kept)
            TensorPrimitives.Add(vector, rows.AsSpan(id * Dimension, Dimension), vector);
        if (kept.Length > 1)
            TensorPrimitives.Multiply(vector, 1f / kept.Length, vector);
        if (normalize)
            TensorPrimitives.Divide(vector, Math.Max(TensorPrimitives.Norm<float>(vector), 1e-12f), vector);
    }
}
