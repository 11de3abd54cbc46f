using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ReasonIR.Models.Export;

/// <summary>The YAML at the head of a model card. Strings are written as JSON strings, which YAML reads as they are.</summary>
static partial class FrontMatter
{
    /// <summary>The hub's identifiers of licenses; another one is stated by license_name and license_link.</summary>
    static readonly HashSet<string> Licenses = new(StringComparer.Ordinal)
    {
        "apache-2.0", "mit", "openrail", "bigscience-openrail-m", "creativeml-openrail-m", "bigscience-bloom-rail-1.0", "bigcode-openrail-m", "openrail++", "afl-3.0", "artistic-2.0",
        "bsl-1.0", "bsd", "bsd-2-clause", "bsd-3-clause", "bsd-3-clause-clear", "c-uda", "cc", "cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0",
        "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0",
        "cdla-sharing-1.0", "cdla-permissive-1.0", "cdla-permissive-2.0", "wtfpl", "ecl-2.0", "epl-1.0", "epl-2.0", "etalab-2.0", "eupl-1.1", "agpl-3.0", "gfdl", "gpl", "gpl-2.0", "gpl-3.0",
        "lgpl", "lgpl-2.1", "lgpl-3.0", "isc", "lppl-1.3c", "ms-pl", "mpl-2.0", "odc-by", "odbl", "osl-3.0", "postgresql", "ofl-1.1", "ncsa", "unlicense", "zlib", "pddl", "lgpl-lr",
        "deepfloyd-if-license", "llama2", "llama3", "llama3.1", "llama3.2", "llama3.3", "llama4", "gemma", "unknown", "other",
    };

    static readonly string[] StandardTags = ["sentence-transformers", "sentence-similarity", "feature-extraction"];

    static readonly JsonSerializerOptions Json = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(ModelCard card)
    {
        var text = new StringBuilder("---\n");
        List("language", card.Languages);
        if (card.License is null || Licenses.Contains(card.License))
            Line("license", card.License ?? "unknown");
        else
        {
            Line("license", "other");
            Line("license_name", NotAnIdentifier().Replace(card.License.ToLowerInvariant(), "-").Trim('-'));
            if (card.LicenseLink is not null)
                Line("license_link", card.LicenseLink);
        }
        Line("library_name", "sentence-transformers");
        Line("pipeline_tag", "sentence-similarity");
        List("tags", StandardTags.Concat(card.Tags).Distinct());
        // The hub refuses a card that names what cannot be one of its repositories.
        if (card.BaseModel is not null && IsRepository(card.BaseModel))
            Line("base_model", card.BaseModel);
        List("datasets", card.Datasets.Select(d => d.Name).Where(IsRepository).Distinct());
        WriteResults(card);
        return text.Append("---\n").ToString();

        void Line(string field, string value) => text.Append(CultureInfo.InvariantCulture, $"{field}: {Quoted(value)}\n");

        void List(string field, IEnumerable<string> values)
        {
            if (values.ToList() is not { Count: > 0 } list)
                return;
            text.Append(CultureInfo.InvariantCulture, $"{field}:\n");
            foreach (var value in list)
                text.Append(CultureInfo.InvariantCulture, $"- {Quoted(value)}\n");
        }

        void WriteResults(ModelCard card)
        {
            if (card.Results.Count == 0)
                return;
            text.Append(CultureInfo.InvariantCulture, $"model-index:\n- name: {Quoted(card.Name)}\n  results:\n");
            foreach (var group in card.Results.GroupBy(r => r.Dataset, StringComparer.Ordinal))
            {
                text.Append(CultureInfo.InvariantCulture, $"  - task:\n      type: \"information-retrieval\"\n      name: \"Information Retrieval\"\n    dataset:\n      name: {Quoted(group.Key)}\n      type: {Quoted(NotAnIdentifier().Replace(group.Key.ToLowerInvariant(), "-"))}\n    metrics:\n");
                foreach (var result in group)
                    text.Append(CultureInfo.InvariantCulture, $"    - type: {Quoted(Metric(result.Measure))}\n      value: {result.Value:R}\n      name: {Quoted(result.Measure)}\n");
            }
        }
    }

    static string Quoted(string value) => JsonSerializer.Serialize(value, Json);

    static string Metric(string measure) => measure.ToLowerInvariant().Replace(' ', '_');

    static bool IsRepository(string name) => Repository().IsMatch(name) && !name.Contains("..", StringComparison.Ordinal) && !name.Contains("--", StringComparison.Ordinal);

    /// <summary>As the hub checks a repository's id.</summary>
    [GeneratedRegex("^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?/[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9])?$", RegexOptions.CultureInvariant)]
    private static partial Regex Repository();

    [GeneratedRegex("[^a-z0-9._-]+", RegexOptions.CultureInvariant)]
    private static partial Regex NotAnIdentifier();
}
