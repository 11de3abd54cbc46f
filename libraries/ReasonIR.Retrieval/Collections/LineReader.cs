using System.Text.Unicode;

namespace ReasonIR.Retrieval.Collections;

/// <summary>
/// Lines of valid UTF-8, ended by \n alone (texts hold U+2028 and U+0085), without a byte-order mark. Blank lines count but are
/// passed over. gzip is unpacked. Lines beyond <see cref="CollectionLimits.RecordBytes"/> are refused.
/// </summary>
sealed class LineReader(Stream stream, string name, CollectionLimits limits) : IAsyncDisposable
{
    readonly ByteInput input = new(stream, name, limits);

    /// <summary>The current line without its end; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    /// <summary>From 1.</summary>
    public long Number { get; private set; }

    public async ValueTask<bool> NextAsync(CancellationToken cancellation)
    {
        while (await NextRawAsync(cancellation))
        {
            if (Line.Length > limits.RecordBytes)
                throw Wrong($"a line should have at most {limits.RecordBytes} bytes, this one has {Line.Length}.");
            if (!Utf8.IsValid(Line.Span))
                throw Wrong("is not valid UTF-8.");
            if (Line.Span.ContainsAnyExcept(" \t\r"u8))
                return true;
        }
        return false;
    }

    public CollectionFormatException Wrong(string problem, string? field = null, Exception? inner = null) =>
        new(input.Name, Number, field, problem, inner);

    public ValueTask DisposeAsync() => input.DisposeAsync();

    async ValueTask<bool> NextRawAsync(CancellationToken cancellation)
    {
        var searched = 0;
        while (true)
        {
            var window = input.Window;
            var found = window.Span[searched..].IndexOf((byte)'\n');
            if (found >= 0)
                return Take(window[..(searched + found)], searched + found + 1);
            searched = window.Length;
            if (!await input.GrowAsync(cancellation))
                return !window.IsEmpty && Take(window, window.Length);
        }
    }

    bool Take(ReadOnlyMemory<byte> line, int used)
    {
        Line = line;
        Number++;
        input.Line = Number + 1;
        input.Skip(used);
        return true;
    }
}
