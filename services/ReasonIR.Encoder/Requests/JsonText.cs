using System.Buffers;
using System.Globalization;
using System.Text.Unicode;

namespace ReasonIR.Encoder.Requests;

/// <summary>
/// The characters of a JSON string that a reader has found well-formed. The framework's own decoding of a single string reads it once more
/// to check it, a byte at a time behind the first escape; clients that escape everything outside ASCII would pay for that with every text.
/// </summary>
static class JsonText
{
    /// <param name="json">What stands between the quotes.</param>
    /// <param name="characters">As long as <paramref name="json"/> at least.</param>
    /// <returns>How many characters there are; -1: the bytes are no UTF-8, or a half of a surrogate pair stands alone.</returns>
    public static int Decode(ReadOnlySpan<byte> json, Span<char> characters)
    {
        var (count, surrogates) = (0, false);
        while (true)
        {
            var plain = json.IndexOf((byte)'\\');
            var run = plain < 0 ? json : json[..plain];
            if (Utf8.ToUtf16(run, characters[count..], out _, out var written, replaceInvalidSequences: false) != OperationStatus.Done)
                return -1;
            count += written;
            if (plain < 0)
                return surrogates && !IsPaired(characters[..count]) ? -1 : count;
            var escape = json[plain + 1];
            var character = escape switch
            {
                (byte)'b' => '\b',
                (byte)'f' => '\f',
                (byte)'n' => '\n',
                (byte)'r' => '\r',
                (byte)'t' => '\t',
                (byte)'u' => (char)ushort.Parse(json.Slice(plain + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                _ => (char)escape, // a quote, a slash, a backslash
            };
            surrogates |= char.IsSurrogate(character);
            characters[count++] = character;
            json = json[(plain + (escape == 'u' ? 6 : 2))..];
        }
    }

    static bool IsPaired(ReadOnlySpan<char> characters)
    {
        for (var i = 0; i < characters.Length; i++)
            if (char.IsHighSurrogate(characters[i]) && i + 1 < characters.Length && char.IsLowSurrogate(characters[i + 1]))
                i++;
            else if (char.IsSurrogate(characters[i]))
                return false;
        return true;
    }
}
