namespace ReasonIR.Models;

/// <summary>How a batch of texts is to be encoded. Each field is part of the key under which vectors may be cached.</summary>
/// <param name="Prompt">Put before each text as it stands; null: <paramref name="PromptName"/> or the model's default prompt; empty: none, even where the model has a default.</param>
/// <param name="PromptName">One of <see cref="ITextEncoder.Prompts"/>; ignored where <paramref name="Prompt"/> is given.</param>
/// <param name="MaxTokens">Cut to so many tokens, special tokens included; null: the model's own limit, which it cannot exceed.</param>
public sealed record EncodeOptions(string? Prompt = null, string? PromptName = null, int? MaxTokens = null)
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

    /// <summary>What the vectors depend on, for provenance.</summary>
    EncoderDescription Description { get; }

    /// <summary>Named prompts of the model (<c>query</c>, <c>document</c>, ...).</summary>
    IReadOnlyDictionary<string, string> Prompts { get; }

    /// <summary>What these options put before a text; empty: nothing.</summary>
    /// <exception cref="ArgumentException">There is no prompt of that name.</exception>
    string PromptText(EncodeOptions options);

    /// <summary>Encodes texts into rows of <paramref name="destination"/>, row-major [texts, Dimension].</summary>
    /// <exception cref="ArgumentException">The destination has another size, or there is no prompt of that name.</exception>
    void Encode(IReadOnlyList<string> texts, EncodeOptions options, Memory<float> destination, CancellationToken cancellationToken = default);

    /// <summary>Tokens of the text as it would be encoded, before it is cut to the limit.</summary>
    int CountTokens(string text, EncodeOptions? options = null);
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
