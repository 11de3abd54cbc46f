using System.Text.RegularExpressions;

namespace ReasonIR.ServiceDefaults.Hub;

/// <summary>What a repository of the hub holds.</summary>
public enum HubKind { Model, Dataset }

/// <summary>A repository at a revision, as people write it: <c>ORG/NAME</c> or <c>ORG/NAME@REVISION</c>.</summary>
/// <param name="Kind">Models and data sets have addresses of their own.</param>
/// <param name="Id"><c>ORG/NAME</c>; a few old repositories have a name alone.</param>
/// <param name="Revision">A branch, a tag or a commit.</param>
public sealed partial record HubReference(HubKind Kind, string Id, string Revision = HubReference.DefaultRevision)
{
    public const string DefaultRevision = "main";

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._-]{0,95}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,95})?$")]
    private static partial Regex IdPattern();

    [GeneratedRegex("^[A-Za-z0-9_][A-Za-z0-9._/-]{0,254}$")]
    private static partial Regex RevisionPattern();

    /// <exception cref="ArgumentException">It is no name of a repository.</exception>
    public static HubReference Parse(string text, HubKind kind = HubKind.Model)
    {
        var at = text.IndexOf('@');
        var (id, revision) = at < 0 ? (text, DefaultRevision) : (text[..at], text[(at + 1)..]);
        if (!IdPattern().IsMatch(id) || id.Contains(".."))
            throw new ArgumentException($"'{text}': expected ORG/NAME or ORG/NAME@REVISION.", nameof(text));
        return RevisionPattern().IsMatch(revision) && !revision.Contains("..")
            ? new(kind, id, revision)
            : throw new ArgumentException($"'{text}': the revision '{revision}' is no name of a branch, a tag or a commit.", nameof(text));
    }

    /// <summary>The last part of the name.</summary>
    public string Name => Id[(Id.IndexOf('/') + 1)..];

    public override string ToString() => $"{Id}@{Revision}";
}
