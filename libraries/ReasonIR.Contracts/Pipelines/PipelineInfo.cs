using System.Text.RegularExpressions;
using ReasonIR.Contracts.Specs;

namespace ReasonIR.Contracts.Pipelines;

/// <summary>A stored pipeline.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">From 1; a version never changes.</param>
/// <param name="Hash">What it does (<see cref="PipelineSpecs.Hash"/>).</param>
/// <param name="Spec">The pipeline.</param>
/// <param name="Yaml">The same as YAML.</param>
/// <param name="CreatedAt">When it was stored.</param>
public sealed record PipelineInfo(string Name, int Version, string Hash, PipelineSpec Spec, string Yaml, DateTimeOffset CreatedAt)
{
    /// <summary><c>name@version</c>: this very version.</summary>
    public string Reference => $"{Name}@{Version}";
}

/// <summary>What was read from a pipeline's text.</summary>
/// <param name="Spec">As it is understood; null where the text is neither YAML nor JSON.</param>
/// <param name="Yaml">The same, written out.</param>
/// <param name="Hash">Of its content.</param>
/// <param name="Problems">Empty where it can run.</param>
public sealed record PipelineCheck(PipelineSpec? Spec, string? Yaml, string? Hash, IReadOnlyList<SpecProblem> Problems)
{
    /// <summary>Reads a text.</summary>
    public static PipelineCheck Of(string text)
    {
        try
        {
            var (spec, problems) = PipelineSpecs.Read(text);
            return new(spec, PipelineSpecs.ToYaml(spec), problems.Count == 0 ? PipelineSpecs.Hash(spec) : null, problems);
        }
        catch (SpecSyntaxException e)
        {
            return new(null, null, null, [new("", e.Message)]);
        }
    }
}

/// <summary>A set of stored rewrites.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Hash">Of its content.</param>
/// <param name="Rewrites">How many.</param>
/// <param name="CreatedAt">When it was imported.</param>
public sealed record RewriteSetInfo(string Name, string Hash, int Rewrites, DateTimeOffset CreatedAt);

/// <summary>How a stored pipeline is named: <c>name</c> (its newest version) or <c>name@version</c>.</summary>
public static partial class PipelineReference
{
    /// <summary>Name and version; null: the newest one.</summary>
    public static (string Name, int? Version)? Parse(string? text) =>
        Pattern().Match(text ?? "") is { Success: true } match ? (match.Groups[1].Value, match.Groups[2].Success ? int.Parse(match.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture) : null) : null;

    [GeneratedRegex("^([A-Za-z0-9][A-Za-z0-9._-]{0,99})(?:@([1-9][0-9]{0,8}))?$")]
    private static partial Regex Pattern();
}
