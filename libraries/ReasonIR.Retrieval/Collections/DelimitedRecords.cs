using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace ReasonIR.Retrieval.Collections;

/// <summary>
/// Records of a CSV or TSV stream. Lines end in \n or \r\n; a lone \r is text. Holds one record in memory. Plain or gzip.
/// </summary>
sealed class DelimitedRecords(Stream stream, string name, DelimitedFormat format, CollectionLimits limits) : IAsyncDisposable
{
    enum State { FieldStart, Plain, Quoted, QuoteInQuoted, ReturnAfterQuote }

    readonly ByteInput input = new(stream, name, limits);
    readonly ArrayBufferWriter<byte> field = new();
    readonly List<string> fields = [];
    readonly byte delimiter = char.IsAscii(format.Delimiter) && format.Delimiter is not ('\n' or '\r' or '"')
        ? (byte)format.Delimiter
        : throw new ArgumentException($"'{format.Delimiter}' cannot delimit columns; expected an ASCII character such as , or a tab.");
    State state;
    long line = 1, quoteLine;
    int recordBytes;
    bool begun;

    /// <summary>Where the current record begins, from 1.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>The next record's fields, or null at the end. Blank lines are passed over. The list is used again.</summary>
    public async ValueTask<IReadOnlyList<string>?> NextAsync(CancellationToken cancellation)
    {
        fields.Clear();
        (begun, recordBytes, state) = (false, 0, State.FieldStart);
        while (true)
        {
            var complete = Read(input.Window.Span, out var used);
            input.Skip(used);
            if (complete)
                return fields;
            input.Line = line;
            if (!await input.GrowAsync(cancellation))
                return End() ? fields : null;
        }
    }

    public CollectionFormatException Wrong(string problem, string? column = null) => new(name, Line, column, problem);

    public ValueTask DisposeAsync() => input.DisposeAsync();

    /// <summary>Reads as far as the bytes go; true at the end of a record.</summary>
    bool Read(ReadOnlySpan<byte> bytes, out int used)
    {
        used = 0;
        while (used < bytes.Length)
        {
            if (!begun)
                (Line, begun) = (line, true);
            var rest = bytes[used..];
            switch (state)
            {
                case State.FieldStart when format.Quoted && rest[0] == '"':
                    (state, quoteLine) = (State.Quoted, line);
                    used++;
                    break;
                case State.FieldStart:
                case State.Plain:
                    state = State.Plain;
                    var end = rest.IndexOfAny(delimiter, (byte)'\n');
                    Append(end < 0 ? rest : rest[..end]);
                    used += end < 0 ? rest.Length : end + 1;
                    if (end >= 0 && EndField(rest[end]))
                        return true;
                    break;
                case State.Quoted:
                    var quote = rest.IndexOf((byte)'"');
                    var part = quote < 0 ? rest : rest[..quote];
                    line += part.Count((byte)'\n');
                    Append(part);
                    used += quote < 0 ? rest.Length : quote + 1;
                    state = quote < 0 ? State.Quoted : State.QuoteInQuoted;
                    break;
                default:
                    used++;
                    if (AfterQuote(rest[0]))
                        return true;
                    break;
            }
        }
        return false;
    }

    bool AfterQuote(byte next)
    {
        if (next == '\n' || next == delimiter && state == State.QuoteInQuoted)
            return EndField(next);
        if (state == State.QuoteInQuoted && next is (byte)'"' or (byte)'\r')
        {
            if (next == '"')
                Append("\""u8);
            state = next == '"' ? State.Quoted : State.ReturnAfterQuote;
            return false;
        }
        throw new CollectionFormatException(name, line, $"{fields.Count + 1}",
            "expected the delimiter or the end of the line behind a closing quote; a quote inside a quoted field is written twice.");
    }

    void Append(ReadOnlySpan<byte> bytes)
    {
        recordBytes += bytes.Length;
        if (recordBytes > limits.RecordBytes)
            throw new CollectionFormatException(name, Line, null, $"a record should have at most {limits.RecordBytes} bytes; is a quote not closed?");
        field.Write(bytes);
    }

    bool EndField(byte end)
    {
        var bytes = field.WrittenSpan;
        if (state == State.Plain && end == '\n' && bytes is [.., (byte)'\r'])
            bytes = bytes[..^1];
        if (!Utf8.IsValid(bytes))
            throw new CollectionFormatException(name, line, $"{fields.Count + 1}", "is not valid UTF-8.");
        var blank = state == State.Plain && end == '\n' && bytes.IsEmpty && fields.Count == 0;
        if (!blank)
            fields.Add(Encoding.UTF8.GetString(bytes));
        field.ResetWrittenCount();
        state = State.FieldStart;
        if (end != '\n')
            return false;
        line++;
        begun = !blank;
        return !blank;
    }

    /// <summary>The last record, where no \n ends it.</summary>
    bool End()
    {
        if (state == State.Quoted)
            throw new CollectionFormatException(name, quoteLine, $"{fields.Count + 1}", "a quoted field begins here and is never closed.");
        if (!begun)
            return false;
        if (state == State.FieldStart)
            state = State.Plain;
        return EndField((byte)'\n');
    }
}
