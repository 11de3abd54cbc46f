using System.Text.Json;
using ReasonIR.Models;

namespace ReasonIR.Encoder.Requests;

/// <summary>Fields that several of TEI's requests share.</summary>
static class TeiFields
{
    /// <summary><c>truncation_direction</c>: the side that is cut.</summary>
    public static TextCut Direction(ref Utf8JsonReader reader, string field) => reader.Text(field)?.ToLowerInvariant() switch
    {
        null or "right" => TextCut.End,
        "left" => TextCut.Start,
        var other => throw new RequestException(field, $"expected Left or Right, found '{other}'."),
    };
}
