using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ReasonIR.Experiments.Corpora;

/// <summary>Hex SHA-256 of the parts of a query set, so that two results can say which part differed. The order of rows does not matter.</summary>
public static class QuerySetHashes
{
    /// <summary>Ids and texts of the queries: another rewrite is another hash.</summary>
    public static string Texts(IEnumerable<(string Query, string Text)> queries) => Hash(queries.Select(query => (query.Query, query.Text)));

    /// <summary>Queries, judged documents and grades.</summary>
    public static string Judgments(IEnumerable<(string Query, string Document, int Grade)> judgments) =>
        Hash(judgments.Select(row => (row.Query, $"{row.Grade.ToString(CultureInfo.InvariantCulture)} {row.Document}")));

    /// <summary>Queries and the documents they exclude.</summary>
    public static string Exclusions(IEnumerable<(string Query, string Document)> exclusions) => Hash(exclusions);

    static string Hash(IEnumerable<(string Query, string Value)> rows)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (query, value) in rows.OrderBy(row => row.Query, StringComparer.Ordinal).ThenBy(row => row.Value, StringComparer.Ordinal))
            // Lengths keep "a" + "bc" and "ab" + "c" apart.
            sha.AppendData(Encoding.UTF8.GetBytes($"{query.Length.ToString(CultureInfo.InvariantCulture)} {query} {value.Length.ToString(CultureInfo.InvariantCulture)} {value}\n"));
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }
}
