using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using ReasonIR.Contracts.Models;

namespace ReasonIR.Contracts.Runs;

/// <summary>A repository of the model hub becomes a registered model. Pulling a revision that is there already downloads nothing.</summary>
/// <param name="Repository"><c>ORG/NAME</c>, or <c>ORG/NAME@REVISION</c> with a branch, a tag or a commit.</param>
/// <param name="Name">The name it is served by; null: <c>NAME</c>.</param>
/// <param name="Serving">How it is to be served; null: as the service serves all models.</param>
public sealed partial record PullModelSpec(string Repository, string? Name = null, ServingSettings? Serving = null) : IRunSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => $"pull {Repository}";

    /// <summary>The name it will be served by.</summary>
    [JsonIgnore]
    public string ModelName => Name ?? Repository.Split('@')[0].Split('/')[^1];

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)?(@[A-Za-z0-9_][A-Za-z0-9._/-]*)?$")]
    private static partial Regex RepositoryPattern();

    /// <inheritdoc/>
    public IEnumerable<string> Problems() =>
    [
        .. Repository.Length <= 500 && RepositoryPattern().IsMatch(Repository) ? [] : new[] { $"repository: expected ORG/NAME or ORG/NAME@REVISION, found '{Repository}'." },
        .. SpecChecks.Name("name", ModelName),
        .. Serving?.Problems() ?? [],
    ];
}

/// <summary>What a <c>pull-model</c> or <c>register-model</c> run leaves.</summary>
/// <param name="Model">The model.</param>
/// <param name="Kind">Its architecture, or <c>cross-encoder</c>.</param>
/// <param name="Dimension">Width of its vectors; of a cross-encoder, its labels.</param>
/// <param name="Revision">Hash of its files.</param>
/// <param name="Bytes">Bytes of its files.</param>
/// <param name="Commit">For a pulled one: the hub's commit.</param>
/// <param name="License">As the model card states it.</param>
public sealed record RegisteredModel(string Model, string Kind, int Dimension, string Revision, long Bytes, string? Commit = null, string? License = null);
