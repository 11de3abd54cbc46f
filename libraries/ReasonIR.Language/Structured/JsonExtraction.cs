using System.Text;
using System.Text.Json;

namespace ReasonIR.Language.Structured;

/// <summary>
/// Finds the JSON object in what a model said: models wrap it in code fences, prose, or their thoughts. The first object that is whole
/// counts. The work is bounded: at most <see cref="MaxStarts"/> opening braces are tried.
/// </summary>
public static class JsonExtraction
{
    const int MaxStarts = 64;

    static readonly JsonReaderOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>The object, or null where the text holds none that is whole.</summary>
    public static JsonElement? FirstObject(string text)
    {
        // The thoughts of a reasoning model may hold drafts of the answer.
        var thoughts = text.LastIndexOf("</think>", StringComparison.OrdinalIgnoreCase);
        if (thoughts >= 0)
            text = text[(thoughts + "</think>".Length)..];
        var bytes = Encoding.UTF8.GetBytes(text);
        var start = 0;
        for (var tried = 0; tried < MaxStarts; tried++)
        {
            var next = Array.IndexOf(bytes, (byte)'{', start);
            if (next < 0)
                return null;
            if (ObjectAt(bytes.AsSpan(next)) is { } found)
                return found;
            start = next + 1;
        }
        return null;
    }

    static JsonElement? ObjectAt(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes, Lenient);
        try
        {
            return JsonElement.ParseValue(ref reader);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
