using System.Buffers;
using System.Text.Json;
using ReasonIR.Encoder.Serving;

namespace ReasonIR.Encoder.Requests;

/// <summary>Takes one text; it is gone after the call.</summary>
public delegate void TextAction(int index, ReadOnlySpan<char> text);

/// <summary>
/// The inputs of a request where they lie in the body: a text is decoded into a borrowed buffer when its turn comes, and is never a
/// string of its own. Valid as long as the body is.
/// </summary>
public sealed class RequestInputs
{
    readonly ReadOnlyMemory<byte> body;
    readonly string field;
    readonly bool isOne;
    readonly List<(int Start, int Length)> texts = [];
    readonly List<int[]> ids = [];

    RequestInputs(ReadOnlyMemory<byte> body, string field, bool isOne) => (this.body, this.field, this.isOne) = (body, field, isOne);

    public bool IsTokens => ids.Count > 0;

    public int Count => IsTokens ? ids.Count : texts.Count;

    /// <summary>Token ids of an input.</summary>
    public int[] Ids(int index) => ids[index];

    /// <summary>The field of an input, for errors.</summary>
    public string Name(int index) => isOne ? field : $"{field}[{index}]";

    /// <summary>All texts in their order.</summary>
    /// <exception cref="RequestException">One is too long, or is no text.</exception>
    public void ForEachText(int maxCharacters, TextAction action)
    {
        var buffer = ArrayPool<char>.Shared.Rent(4096);
        try
        {
            foreach (var (index, (start, length)) in texts.Index())
            {
                // A character takes a byte at least.
                if (length > buffer.Length)
                {
                    ArrayPool<char>.Shared.Return(buffer);
                    buffer = ArrayPool<char>.Shared.Rent(length);
                }
                var count = JsonText.Decode(body.Span.Slice(start + 1, length - 2), buffer);
                if (count < 0)
                    throw new RequestException(Name(index), "expected a text in UTF-8 without halves of surrogate pairs.");
                if (count > maxCharacters)
                    throw new RequestException(Name(index), $"expected {maxCharacters:N0} characters at most, found {count:N0}.", RequestErrorKind.Exceeds);
                action(index, buffer.AsSpan(0, count));
            }
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads the value that the reader is about to give: a string, an array of strings, of token ids, or of arrays of token ids.</summary>
    internal static RequestInputs Read(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, string field, ServingOptions options)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            var one = new RequestInputs(body, field, isOne: true);
            one.texts.Add(((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex)));
            return one;
        }
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Bad(field);
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number)
        {
            var one = new RequestInputs(body, field, isOne: true);
            one.ids.Add(ReadIds(ref reader, field, options));
            return one;
        }
        var inputs = new RequestInputs(body, field, isOne: false);
        for (; reader.TokenType != JsonTokenType.EndArray; reader.Read())
        {
            if (inputs.Count == options.RequestTexts)
                throw new RequestException(field, $"expected 1 to {options.RequestTexts:N0} inputs, found more.", RequestErrorKind.Exceeds);
            if (reader.TokenType == JsonTokenType.String && !inputs.IsTokens)
                inputs.texts.Add(((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex)));
            else if (reader.TokenType == JsonTokenType.StartArray && inputs.texts.Count == 0)
            {
                reader.Read();
                inputs.ids.Add(ReadIds(ref reader, inputs.Name(inputs.Count), options));
            }
            else
                throw Bad(inputs.Name(inputs.Count));
        }
        return inputs.Count > 0 ? inputs : throw new RequestException(field, $"expected 1 to {options.RequestTexts:N0} inputs, found none.", RequestErrorKind.Empty);
    }

    /// <summary>Up to the array's end; the reader stands on its first element.</summary>
    static int[] ReadIds(ref Utf8JsonReader reader, string field, ServingOptions options)
    {
        var found = new List<int>();
        for (; reader.TokenType != JsonTokenType.EndArray; reader.Read())
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var id))
                throw Bad(field);
            if (found.Count == options.TextCharacters)
                throw new RequestException(field, $"expected {options.TextCharacters:N0} token ids at most.", RequestErrorKind.Exceeds);
            found.Add(id);
        }
        return found.Count > 0 ? [.. found] : throw new RequestException(field, "expected token ids, found none.", RequestErrorKind.Empty);
    }

    static RequestException Bad(string field) => new(field, "expected a string, an array of strings, an array of token ids, or an array of such arrays.");
}
