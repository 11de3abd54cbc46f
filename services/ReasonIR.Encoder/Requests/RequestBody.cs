using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace ReasonIR.Encoder.Requests;

/// <summary>A request's body where the server received it, in the pipe's own buffers: nothing is copied to read it. Dispose it to let the pipe go on.</summary>
public sealed class RequestBody : IDisposable
{
    readonly PipeReader pipe;

    RequestBody(PipeReader pipe, ReadOnlySequence<byte> bytes) => (this.pipe, Bytes) = (pipe, bytes);

    public ReadOnlySequence<byte> Bytes { get; }

    public static async Task<RequestBody> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        var pipe = request.BodyReader;
        while (true)
        {
            var read = await pipe.ReadAsync(cancellation);
            if (read.IsCompleted)
                return new(pipe, read.Buffer);
            pipe.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>Takes the fields of the body's object.</summary>
    /// <param name="take">Reads the value of a field and returns true, or returns false and leaves it.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="RequestException">It is no object.</exception>
    public void ReadObject(FieldReader take)
    {
        var reader = new Utf8JsonReader(Bytes);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new RequestException("body", "expected a JSON object.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (take(name, ref reader))
                continue;
            reader.Read();
            reader.Skip();
        }
        if (reader.Read())
            throw new RequestException("body", "expected nothing after the JSON object.");
    }

    public void Dispose() => pipe.AdvanceTo(Bytes.End);
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

    /// <summary>The string that the reader stands on.</summary>
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
