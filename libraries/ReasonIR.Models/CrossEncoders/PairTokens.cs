using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;
using ReasonIR.Tokenizers;
using ReasonIR.Tokenizers.Limits;

namespace ReasonIR.Models.CrossEncoders;

/// <summary>Two texts that are read together: a query and a document, a premise and a hypothesis.</summary>
public readonly record struct TextPair(string First, string Second);

/// <summary>A pair as a transformer reads it.</summary>
/// <param name="Ids">Special tokens included, cut to the limit.</param>
/// <param name="TypeIds">Token types (segments).</param>
public readonly record struct TokenizedPair(int[] Ids, int[] TypeIds);

/// <summary>
/// Tokenizes pairs for a model. Pairs over the limit are cut as <c>longest_first</c> does; the truncation and padding that tokenizer.json
/// itself carries do not count.
/// </summary>
public sealed class PairTokens
{
    readonly Tokenizer tokenizer;
    readonly int special;
    readonly Side side;

    public PairTokens(Tokenizer tokenizer, int maxTokens)
    {
        side = tokenizer.Truncation?.Direction ?? Side.Right;
        (this.tokenizer, MaxTokens) = (tokenizer.With(null), maxTokens);
        special = this.tokenizer.Encode("a", "a").SpecialTokensMask.Sum();
        Check(maxTokens, nameof(maxTokens));
    }

    /// <summary>For a folder's model: the limit is the smallest of the folder's and the model's positions.</summary>
    /// <exception cref="InvalidDataException">The tokenizer and the model do not fit each other.</exception>
    public static PairTokens Open(SentenceTransformersFolder folder, TransformerModel model)
    {
        var tokenizer = TextTokens.LoadTokenizer(folder);
        return tokenizer.VocabularySize <= model.VocabularySize
            ? new(tokenizer, Math.Min(folder.MaxTokens ?? int.MaxValue, model.MaxPositions))
            : throw new InvalidDataException($"{folder.Path}: the tokenizer has {tokenizer.VocabularySize} tokens; the model has rows for {model.VocabularySize}.");
    }

    /// <summary>SHA-256 of tokenizer.json, hex.</summary>
    public string Hash => tokenizer.Hash;

    /// <summary>The model's limit on a pair, special tokens included.</summary>
    public int MaxTokens { get; }

    /// <param name="limit">Tokens, special ones included; null: the model's own limit, which it cannot exceed.</param>
    /// <param name="cut">What becomes of a longer pair.</param>
    /// <exception cref="TextTooLongException">It is longer, and <see cref="TextCut.Refuse"/> was asked for.</exception>
    public TokenizedPair Encode(TextPair pair, int? limit = null, TextCut cut = TextCut.Default) => Encode(limit, cut, cutter => cutter.Encode(pair.First, pair.Second));

    /// <summary>One text by itself, as classifiers of single texts read it.</summary>
    /// <inheritdoc cref="Encode(TextPair, int?, TextCut)"/>
    public TokenizedPair EncodeText(string text, int? limit = null, TextCut cut = TextCut.Default) => Encode(limit, cut, cutter => cutter.Encode(text));

    TokenizedPair Encode(int? limit, TextCut cut, Func<Tokenizer, Encoding> encode)
    {
        var max = Math.Min(limit ?? MaxTokens, MaxTokens);
        Check(max, nameof(limit));
        var from = cut switch { TextCut.Start => Side.Left, TextCut.End => Side.Right, _ => side };
        var encoding = encode(cut == TextCut.Refuse ? tokenizer : tokenizer.With(new Truncation(max, TruncationStrategy.LongestFirst, from)));
        if (encoding.Count > max)
            throw new TextTooLongException(encoding.Count, max);
        return new([.. encoding.Ids], [.. encoding.TypeIds]);
    }

    void Check(int limit, string name)
    {
        if (limit <= special)
            throw new ArgumentException($"A limit of {limit} tokens leaves none for a pair beside {special} special ones.", name);
    }
}
