using System.Text.Json;
using System.Text.Json.Nodes;
using ReasonIR.Tokenizers;

namespace ReasonIR.Models.SentenceTransformers;

/// <summary>
/// sentence-transformers' <c>do_lower_case</c>: a Lowercase normalizer before the tokenizer's own, unless one of those lower-cases already.
/// The tokenizer's hash is that of the changed file, since its tokens are others.
/// </summary>
static class LowerCasing
{
    public static Tokenizer Load(string path)
    {
        var bytes = File.ReadAllBytes(path);
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(bytes);
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path}: not valid JSON: {error.Message}", error);
        }
        var normalizer = root?["normalizer"] as JsonObject;
        if (root is not JsonObject file || Lowers(normalizer))
            return Tokenizer.Parse(bytes, path);
        var parts = new JsonArray(new JsonObject { ["type"] = "Lowercase" });
        if (normalizer?["type"]?.GetValue<string>() == "Sequence" && normalizer["normalizers"] is JsonArray own)
            foreach (var part in own)
                parts.Add(part?.DeepClone());
        else if (normalizer is not null)
            parts.Add(normalizer.DeepClone());
        file["normalizer"] = new JsonObject { ["type"] = "Sequence", ["normalizers"] = parts };
        return Tokenizer.Parse(JsonSerializer.SerializeToUtf8Bytes(file), path);
    }

    static bool Lowers(JsonObject? normalizer) => normalizer?["type"]?.GetValue<string>() switch
    {
        "Lowercase" => true,
        "BertNormalizer" => normalizer["lowercase"]?.GetValueKind() is not JsonValueKind.False,
        "Sequence" => normalizer["normalizers"] is JsonArray parts && parts.Any(part => Lowers(part as JsonObject)),
        _ => false,
    };
}
