using System.Diagnostics;
using System.Numerics.Tensors;
using ReasonIR.Encoder.Batching;
using ReasonIR.Encoder.Cache;
using ReasonIR.Encoder.Metrics;
using ReasonIR.Encoder.Serving;
using ReasonIR.Models;
using ReasonIR.Models.Transformers;
using Microsoft.Extensions.Options;

namespace ReasonIR.Encoder.Requests;

/// <summary>Vectors of a request.</summary>
/// <param name="Values">Row-major [texts, Dimension].</param>
/// <param name="Dimension">Length of a vector.</param>
/// <param name="Tokens">Tokens that were read of all texts.</param>
public sealed record EncodedTexts(float[] Values, int Dimension, long Tokens)
{
    public int Count => Values.Length / Dimension;

    public ReadOnlyMemory<float> this[int text] => Values.AsMemory(text * Dimension, Dimension);
}

/// <summary>From a request's texts to vectors: the cache, else tokens, a place in a batch, and what was found into the cache.</summary>
public sealed class TextEncoding(EmbeddingCache cache, EncoderMetrics metrics, IOptions<ServingOptions> options)
{
    /// <exception cref="RequestException">A text cannot be encoded; the message names it and its tokens.</exception>
    /// <exception cref="OverloadedException">Too much waits already.</exception>
    public async Task<EncodedTexts> EncodeAsync(ModelLease lease, EncodeRequest request, CancellationToken cancellation)
    {
        var served = lease.Texts;
        var how = request.Options(lease);
        served.Queue.CheckRoom();
        var since = Stopwatch.GetTimestamp();
        var work = Read(served, request.Inputs, how, cache.IsOn && served.IsWorthCaching ? new CacheScope(served, how) : null, cancellation);
        metrics.Tokenized(Stopwatch.GetElapsedTime(since));
        if (work.Missing.Count > 0)
        {
            var dimension = served.Encoder.Dimension;
            var made = work.Missing.Count == request.Inputs.Count ? work.Vectors : new float[work.Missing.Count * dimension];
            var job = new BatchJob<TokenizedText>(served.Queue.Work, [.. work.Missing.Select(missing => missing.Tokens)], made);
            await served.Queue.RunAsync(job, cancellation);
            metrics.Queued(job.Waited ?? TimeSpan.Zero);
            foreach (var (i, (index, tokens, key)) in work.Missing.Index())
            {
                var vector = made.AsMemory(i * dimension, dimension);
                RequireFinite(served, vector.Span, request.Inputs.Name(index));
                if (made != work.Vectors)
                    vector.CopyTo(work.Vectors.AsMemory(index * dimension));
                if (work.UsesCache)
                    cache.Keep(key, tokens.Ids.Length, vector.Span);
            }
        }
        return Shape(served.Encoder, work, request);
    }

    /// <summary>Many texts that nobody waits for, as the model's folder says; they share batches with requests and never keep one waiting.</summary>
    /// <param name="destination">Row-major [texts, dimension].</param>
    public static async Task EncodeBulkAsync(ModelLease lease, IReadOnlyList<string> texts, EncodeOptions how, Memory<float> destination, CancellationToken cancellation)
    {
        var encoder = lease.Encoder;
        var tokens = new TokenizedText[texts.Count];
        for (var i = 0; i < tokens.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            tokens[i] = encoder.Tokenize(texts[i].AsSpan(), how);
        }
        var queue = lease.Texts.Queue;
        await queue.RunAsync(new(queue.Work, tokens, destination, isBulk: true), cancellation);
        for (var i = 0; i < tokens.Length; i++)
            RequireFinite(lease.Texts, destination.Span.Slice(i * encoder.Dimension, encoder.Dimension), $"text {i}");
        if (encoder.Normalized)
            Normalize(destination.Span, encoder.Dimension);
    }

    /// <summary>JSON knows no such numbers, and no search finds anything by them.</summary>
    static void RequireFinite(ServedEncoder served, ReadOnlySpan<float> vector, string text)
    {
        foreach (var value in vector)
            if (!float.IsFinite(value))
                throw new InvalidDataException($"Model '{served.Name}' gives {text} a vector with values that are not finite; computing in f32 may help.");
    }

    /// <summary>The texts of a request as the model reads them.</summary>
    /// <exception cref="RequestException">A text cannot be encoded; the message names it and its tokens.</exception>
    public IReadOnlyList<TokenizedText> Tokenize(ModelLease lease, EncodeRequest request, CancellationToken cancellation)
    {
        var how = request.Options(lease);
        return [.. Read(lease.Texts, request.Inputs, how, null, cancellation).Missing.Select(text => text.Tokens)];
    }

    Work Read(ServedEncoder served, RequestInputs inputs, EncodeOptions how, CacheScope? scope, CancellationToken cancellation)
    {
        var (encoder, dimension) = (served.Encoder, served.Encoder.Dimension);
        var work = new Work(new float[inputs.Count * dimension], [], scope is not null);
        if (inputs.IsTokens)
            for (var i = 0; i < inputs.Count; i++)
            {
                var ids = inputs.Ids(i);
                Take(i, scope?.Of(ids) ?? default, () => encoder.Tokenize(ids, how));
            }
        else
            inputs.ForEachText(options.Value.TextCharacters, (i, text) =>
            {
                var key = scope?.Of(text) ?? default;
                if (Found(i, key))
                    return;
                TokenizedText tokens;
                try
                {
                    tokens = encoder.Tokenize(text, how);
                }
                catch (ArgumentException e)
                {
                    throw new RequestException(inputs.Name(i), e.Message, e is TextTooLongException ? RequestErrorKind.Exceeds : RequestErrorKind.Invalid);
                }
                Add(i, key, tokens);
            });
        if (work.UsesCache)
            metrics.Looked(inputs.Count - work.Missing.Count, work.Missing.Count);
        return work;

        void Take(int i, UInt128 key, Func<TokenizedText> tokenize)
        {
            if (Found(i, key))
                return;
            try
            {
                Add(i, key, tokenize());
            }
            catch (ArgumentException e)
            {
                throw new RequestException(inputs.Name(i), e.Message, e is TextTooLongException ? RequestErrorKind.Exceeds : RequestErrorKind.Invalid);
            }
        }

        bool Found(int i, UInt128 key)
        {
            cancellation.ThrowIfCancellationRequested();
            if (scope is null || cache.Find(key, work.Vectors.AsSpan(i * dimension, dimension)) is not { } tokens)
                return false;
            work.Tokens += tokens;
            return true;
        }

        void Add(int i, UInt128 key, TokenizedText tokens)
        {
            if (tokens.Ids.Length == 0 && encoder.ModelType != "static")
                throw new RequestException(inputs.Name(i), "expected a text with a token in it at least.", RequestErrorKind.Empty);
            work.Tokens += tokens.Ids.Length;
            work.Missing.Add((i, tokens, key));
        }
    }

    /// <summary>Leading dimensions are taken of the raw vector and brought to length 1 afterwards, as Matryoshka models were trained.</summary>
    static EncodedTexts Shape(ITextEncoder encoder, Work work, EncodeRequest request)
    {
        var kept = request.Dimensions ?? encoder.Dimension;
        var values = work.Vectors;
        if (kept < encoder.Dimension)
        {
            values = new float[values.Length / encoder.Dimension * kept];
            for (var i = 0; i < values.Length / kept; i++)
                work.Vectors.AsSpan(i * encoder.Dimension, kept).CopyTo(values.AsSpan(i * kept));
        }
        if (request.Normalize ?? encoder.Normalized)
            Normalize(values, kept);
        return new(values, kept, work.Tokens);
    }

    static void Normalize(Span<float> vectors, int dimension)
    {
        for (var at = 0; at < vectors.Length; at += dimension)
        {
            var vector = vectors.Slice(at, dimension);
            TensorPrimitives.Divide(vector, Math.Max(TensorPrimitives.Norm<float>(vector), 1e-12f), vector);
        }
    }

    sealed record Work(float[] Vectors, List<(int Index, TokenizedText Tokens, UInt128 Key)> Missing, bool UsesCache)
    {
        public long Tokens { get; set; }
    }
}
