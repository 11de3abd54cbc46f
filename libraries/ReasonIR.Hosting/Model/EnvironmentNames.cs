namespace Aspire.Hosting.ApplicationModel;

static class EnvironmentNames
{
    /// <summary>A resource's name as the start of a variable's: upper case, what no name may hold replaced by <c>_</c>.</summary>
    public static string Encode(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'));
}
