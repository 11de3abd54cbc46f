using System.Globalization;
using System.Text;

namespace ReasonIR.Portal.Datasets.Cards;

/// <summary>Markdown that foreign texts cannot break out of.</summary>
static class CardText
{
    /// <summary>A cell of a table: one line, without bars and markup.</summary>
    public static string Cell(string text)
    {
        var cell = new StringBuilder(text.Length);
        foreach (var c in text)
            cell.Append(c switch
            {
                '|' => "\\|", '\\' => "\\\\", '<' => "&lt;", '`' => "\\`", '*' => "\\*", '_' => "\\_", '[' => "\\[",
                _ => char.IsControl(c) ? " " : c.ToString(),
            });
        return cell.ToString();
    }

    /// <summary>A text in a YAML value: in quotes, escapes as in JSON.</summary>
    public static string Yaml(string text) => System.Text.Json.JsonSerializer.Serialize(text, new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>A table; nothing where there are no rows.</summary>
    public static void Table(StringBuilder text, string[] head, IEnumerable<string[]> rows)
    {
        var all = rows.ToList();
        if (all.Count == 0)
            return;
        text.Append("| ").AppendJoin(" | ", head).Append(" |\n|").Append(string.Concat(Enumerable.Repeat("---|", head.Length))).Append('\n');
        foreach (var row in all)
            text.Append("| ").AppendJoin(" | ", row).Append(" |\n");
        text.Append('\n');
    }

    /// <summary>12,345.</summary>
    public static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>0.0123.</summary>
    public static string Number(double number) => number.ToString("0.####", CultureInfo.InvariantCulture);

    /// <summary>An amount of the configured currency.</summary>
    public static string Cost(decimal cost) => cost.ToString("0.######", CultureInfo.InvariantCulture);
}
