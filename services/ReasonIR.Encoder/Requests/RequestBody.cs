using System.Buffers;
using System.Text.Json;

namespace ReasonIR.Encoder.Requests;

/// <summary>
/// A request's body in one borrowed buffer, which goes back when this is disposed. The pipe's own buffers would spare that copy of bytes, but
/// they are 4 KiB each, and reading JSON across them costs more than it (`bench serve` compares).
/// </summary>
public sealed class RequestBody : IDisposable
{
    const int FirstBytes = 16 << 10;

    byte[] buffer;
    int length;

    RequestBody(int capacity) => buffer = ArrayPool<byte>.Shared.Rent(capacity);

    public ReadOnlyMemory<byte> Bytes => buffer.AsMemory(0, length);

    public static async Task<RequestBody> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        // What a client claims of its body's length is believed up to a megabyte; beyond, the buffer grows with what comes.
        var body = new RequestBody((int)Math.Clamp(request.ContentLength ?? FirstBytes, FirstBytes, 1 << 20));
        try
        {
            while (true)
            {
                var read = await request.BodyReader.ReadAsync(cancellation);
                body.Append(read.Buffer);
                request.BodyReader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    return body;
            }
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    void Append(ReadOnlySequence<byte> bytes)
    {
        var needed = checked(length + (int)bytes.Length);
        if (needed > buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 2 * buffer.Length));
            buffer.AsSpan(0, length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }
        bytes.CopyTo(buffer.AsSpan(length));
        length = needed;
    }

    /// <summary>Takes the fields of the body's object.</summary>
    /// <param name="take">Reads the value of a field and returns true, or returns false and leaves it.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="RequestException">It is no object.</exception>
    public void ReadObject(FieldReader take)
    {
        var reader = new Utf8JsonReader(Bytes.Span);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new RequestException("body", "expected a JSON object.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = FieldValues.Current(ref reader, "body");
            if (take(name, ref reader))
                continue;
            reader.Read();
            reader.Skip();
        }
        if (reader.Read())
            throw new RequestException("body", "expected nothing after the JSON object.");
    }

    public void Dispose()
    {
        var borrowed = Interlocked.Exchange(ref buffer, []);
        length = 0;
        if (borrowed.Length > 0)
            ArrayPool<byte>.Shared.Return(borrowed);
    }
}

/// <summary>Reads the value of a field, which the reader stands before.</summary>
public delegate bool FieldReader(string name, ref Utf8JsonReader reader);

/// <summary>Values of fields, with errors that name the field.</summary>
static class FieldValues
{
    public static string? Text(this ref Utf8JsonReader reader, string field)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.String => Current(ref reader, field),
            _ => throw new RequestException(field, "expected a string."),
        };
    }

    /// <summary>The string or name that the reader stands on.</summary>
    public static string Current(ref Utf8JsonReader reader, string field)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new RequestException(field, "expected a text in UTF-8 without halves of surrogate pairs.");
        }
    }

    public static int? Integer(this ref Utf8JsonReader reader, string field)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.Number when reader.TryGetInt32(out var number) => number,
            _ => throw new RequestException(field, "expected a whole number."),
        };
    }

    public static bool? Boolean(this ref Utf8JsonReader reader, string field)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.True or JsonTokenType.False => reader.GetBoolean(),
            _ => throw new RequestException(field, "expected true or false."),
        };
    }
}
