using ReasonIR.Models.Transformers;
using ReasonIR.Tokenizers;

namespace ReasonIR.Models;

/// <summary>What becomes of a text with more tokens than the limit.</summary>
public enum TextCut
{
    /// <summary>Cut on the side that the tokenizer names; almost always the end.</summary>
    Default,

    /// <summary>Its last tokens go.</summary>
    End,

    /// <summary>Its first tokens go.</summary>
    Start,

    /// <summary>A <see cref="TextTooLongException"/>.</summary>
    Refuse,
}

/// <summary>A text has more tokens than are read, and was not to be cut.</summary>
public sealed class TextTooLongException(int tokens, int limit) : ArgumentException($"{tokens:N0} tokens; the model reads {limit:N0} at most.")
{
    /// <summary>Tokens of the text, special ones included.</summary>
    public int Tokens { get; } = tokens;

    /// <summary>Tokens that are read.</summary>
    public int Limit { get; } = limit;
}

/// <summary>How a batch of texts is to be encoded. Each field is part of the key under which vectors may be cached.</summary>
/// <param name="Prompt">Put before each text as it stands; null: <paramref name="PromptName"/> or the model's default prompt; empty: none, even where the model has a default.</param>
/// <param name="PromptName">One of <see cref="ITextEncoder.Prompts"/>; ignored where <paramref name="Prompt"/> is given.</param>
/// <param name="MaxTokens">Cut to so many tokens, special tokens included; null: the model's own limit, which it cannot exceed.</param>
/// <param name="Cut">What becomes of a longer text.</param>
/// <param name="Instruction">Put into the prompt of <paramref name="PromptName"/> (else the default one, else <c>query</c>), which must have a place <c>{instruction}</c> for it.</param>
public sealed record EncodeOptions(string? Prompt = null, string? PromptName = null, int? MaxTokens = null, TextCut Cut = TextCut.Default, string? Instruction = null)
{
    public static EncodeOptions Default { get; } = new();
}

/// <summary>
/// Turns texts into vectors. One object may be used by several threads; those over libtorch take turns inside.
/// Vectors of one model are comparable only when encoded with the same prompt, limit and <see cref="Description"/>.
/// </summary>
public interface ITextEncoder : IDisposable
{
    /// <summary>What the folder calls itself: <c>static</c>, or config.json's <c>model_type</c> (<c>bert</c>, ...).</summary>
    string ModelType { get; }

    /// <summary>Length of a vector.</summary>
    int Dimension { get; }

    /// <summary>Tokens of a text that are read, special tokens included; <see cref="int.MaxValue"/> where there is no limit.</summary>
    int MaxTokens { get; }

    /// <summary>Whether vectors have length 1.</summary>
    bool Normalized { get; }

    /// <summary>What the vectors depend on, for provenance. The first call reads the weight files.</summary>
    EncoderDescription Description { get; }

    /// <summary>Named prompts of the model (<c>query</c>, <c>document</c>, ...).</summary>
    IReadOnlyDictionary<string, string> Prompts { get; }

    /// <summary>The tokenizer, without truncation or padding.</summary>
    Tokenizer Tokenizer { get; }

    /// <summary>What these options put before a text; empty: nothing.</summary>
    /// <exception cref="ArgumentException">There is no prompt of that name.</exception>
    string PromptText(EncodeOptions options);

    /// <summary>Encodes texts into rows of <paramref name="destination"/>, row-major [texts, Dimension].</summary>
    /// <exception cref="ArgumentException">The destination has another size, or there is no prompt of that name.</exception>
    void Encode(IReadOnlyList<string> texts, EncodeOptions options, Memory<float> destination, CancellationToken cancellationToken = default);

    /// <summary>Tokens of the text as it would be encoded, before it is cut to the limit.</summary>
    int CountTokens(string text, EncodeOptions? options = null);

    /// <summary>Tokens that a batch is best made of.</summary>
    int BatchTokens { get; }

    /// <summary>The first half of <see cref="Encode"/>: a text as the model reads it, prompt and special tokens included, cut to the limit.</summary>
    /// <exception cref="TextTooLongException">It is longer than the limit, and <see cref="TextCut.Refuse"/> was asked for.</exception>
    TokenizedText Tokenize(ReadOnlySpan<char> text, EncodeOptions options);

    /// <summary>Token ids that a caller has made, as the model reads them: no prompt, no special tokens beside those among them.</summary>
    /// <exception cref="ArgumentException">There are none, or one is no id of the vocabulary.</exception>
    TokenizedText Tokenize(int[] ids, EncodeOptions options);

    /// <summary>The second half: one batch, as it stands, into rows of <paramref name="destination"/> [texts, Dimension]; not normalized.</summary>
    void EncodeBatch(IReadOnlyList<TokenizedText> texts, Memory<float> destination);

    /// <summary>A vector for each token of one text, row-major [tokens, TokenDimension], before pooling.</summary>
    float[] EncodeTokens(TokenizedText text);

    /// <summary>Length of a token's vector.</summary>
    int TokenDimension { get; }
}

/// <summary>Provenance of vectors: two encoders with equal descriptions give equal vectors (up to rounding).</summary>
/// <param name="ModelType">See <see cref="ITextEncoder.ModelType"/>.</param>
/// <param name="Dimension">Length of a vector.</param>
/// <param name="MaxTokens">The model's own limit.</param>
/// <param name="Pooling"><c>mean</c>, <c>cls</c>, <c>lasttoken</c>, ...</param>
/// <param name="Normalized">Whether vectors have length 1.</param>
/// <param name="Type">Element type of the computation (<c>f32</c>, <c>bf16</c>).</param>
/// <param name="TokenizerHash">SHA-256 of tokenizer.json, hex.</param>
/// <param name="WeightsHash">SHA-256 of the weight files, hex.</param>
public sealed record EncoderDescription(
    string ModelType, int Dimension, int MaxTokens, string Pooling, bool Normalized, string Type, string TokenizerHash, string WeightsHash);

/// <summary>Conveniences over <see cref="ITextEncoder"/>.</summary>
public static class TextEncoderExtensions
{
    /// <summary>The texts' vectors, row-major [texts, Dimension].</summary>
    public static float[] Encode(this ITextEncoder encoder, IReadOnlyList<string> texts, EncodeOptions? options = null, CancellationToken cancellationToken = default)
    {
        var vectors = new float[texts.Count * encoder.Dimension];
        encoder.Encode(texts, options ?? EncodeOptions.Default, vectors, cancellationToken);
        return vectors;
    }
}
