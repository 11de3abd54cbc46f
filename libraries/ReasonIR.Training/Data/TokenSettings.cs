using System.Security.Cryptography;
using System.Text.Json;

namespace ReasonIR.Training.Data;

/// <summary>All that the tokens of a text depend on beside the text; part of the key of tokenized data.</summary>
/// <param name="TokenizerHash">SHA-256 of tokenizer.json, hex.</param>
/// <param name="MaxTokens">The model's limit.</param>
/// <param name="QueryMaxTokens">Longer queries are cut; null: the model's limit.</param>
/// <param name="PassageMaxTokens">As <paramref name="QueryMaxTokens"/>.</param>
public sealed record TokenSettings(string TokenizerHash, int MaxTokens, TextPrompts Prompts, int? QueryMaxTokens = null, int? PassageMaxTokens = null)
{
    /// <summary>Of the files' layout and of how texts become tokens.</summary>
    public const int Version = 1;

    /// <summary>A hash of the settings with something else, hex: the name of a folder.</summary>
    public string KeyWith(string other) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new { Version, Settings = this, other }, JsonSerializerOptions.Web)))[..40];
}
