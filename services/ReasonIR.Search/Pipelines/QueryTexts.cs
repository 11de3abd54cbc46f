using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ReasonIR.Contracts.Pipelines;

namespace ReasonIR.Search.Pipelines;

/// <summary>What is looked up for one query.</summary>
/// <param name="Lookups">The texts; one at least.</param>
/// <param name="Interleaved">Whether their rankings are taken in turn; otherwise they are fused by reciprocal ranks.</param>
public sealed record QueryTexts(IReadOnlyList<string> Lookups, bool Interleaved = false)
{
    /// <summary>What one text says that stands for all of them, for stages that take one.</summary>
    public string Joined => Lookups.Count == 1 ? Lookups[0] : string.Join("\n\n", Lookups);

    /// <summary>A query joined with its rewrites.</summary>
    public static QueryTexts Of(string original, IReadOnlyList<string> rewrites, string join) => join switch
    {
        "append" => new([.. rewrites.Select(rewrite => $"{original}\n\n{rewrite}")]),
        "interleave" => new([original, .. rewrites], true),
        _ => new(rewrites),
    };

    /// <summary>SHA-256 over the texts of all queries, in lower-case hexadecimal digits.</summary>
    public static string Hash(IReadOnlyList<QueryTexts> texts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(texts.Select(text => text.Lookups)))));
}
