using System.Runtime.InteropServices;
using System.Text.Json;

namespace ReasonIR.Tokenizers.Loading;

/// <summary>The two tokens of a merge as a file writes it, <c>"a b"</c> or <c>["a","b"]</c>, in buffers that serve for all merges.</summary>
sealed class MergeText
{
    char[] both = new char[256], joined = new char[256];
    int left, right, end;

    public ReadOnlySpan<char> Left => both.AsSpan(0, left);

    public ReadOnlySpan<char> Right => both.AsSpan(right, end - right);

    /// <summary>The token that they make: <paramref name="prefix"/> characters of the right one go.</summary>
    public ReadOnlySpan<char> Joined(int prefix)
    {
        if (joined.Length < both.Length)
            joined = new char[both.Length];
        Left.CopyTo(joined);
        var rest = Right[prefix..];
        rest.CopyTo(joined.AsSpan(left));
        return joined.AsSpan(0, left + rest.Length);
    }

    /// <summary>False: these are not two tokens.</summary>
    public bool Read(JsonElement item)
    {
        if (item.ValueKind == JsonValueKind.Array)
        {
            if (item.GetArrayLength() != 2 || item[0].ValueKind != JsonValueKind.String || item[1].ValueKind != JsonValueKind.String)
                return false;
            left = right = Append(item[0], 0);
            end = Append(item[1], left);
            return true;
        }
        if (item.ValueKind != JsonValueKind.String)
            return false;
        end = Append(item, 0);
        var text = both.AsSpan(0, end);
        left = text.IndexOf(' ');
        right = left + 1;
        return left >= 0 && text[right..].IndexOf(' ') < 0;
    }

    /// <summary>Writes a string at a place of <see cref="both"/> and returns its end.</summary>
    int Append(JsonElement text, int at)
    {
        var raw = JsonMarshal.GetRawUtf8Value(text)[1..^1];
        if (at + raw.Length > both.Length)
            Array.Resize(ref both, Math.Max(2 * both.Length, at + raw.Length));
        if (!raw.Contains((byte)'\\'))
            return at + System.Text.Encoding.UTF8.GetChars(raw, both.AsSpan(at));
        var unescaped = text.GetString()!;
        unescaped.CopyTo(both.AsSpan(at));
        return at + unescaped.Length;
    }
}
