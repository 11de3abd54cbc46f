using System.CommandLine;
using System.Text.Json;
using ReasonIR.Contracts.Serialization;
using Spectre.Console;

namespace ReasonIR.Cli.Output;

/// <summary>Prints what a verb found: a table for people, JSON for programs.</summary>
public static class Printer
{
    static readonly JsonSerializerOptions Indented = new(ReasonIrJson.Web) { WriteIndented = true };

    /// <summary>JSON where it is asked for, otherwise a table.</summary>
    public static int Print<T>(ParseResult parse, T value, Func<T, Table> table)
    {
        if (parse.GetValue(Options.Json))
            Console.WriteLine(JsonSerializer.Serialize(value, Indented));
        else
            AnsiConsole.Write(table(value));
        return 0;
    }

    /// <summary>A table with these columns; those whose name begins with '#' hold numbers.</summary>
    public static Table Table(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns)
            table.AddColumn(column.StartsWith('#') ? new TableColumn(column[1..]).RightAligned() : new TableColumn(column));
        return table;
    }

    /// <summary>Adds a row of plain texts.</summary>
    public static Table Row(this Table table, params object?[] cells) =>
        table.AddRow([.. cells.Select(cell => Markup.Escape(cell switch { null => "", long n => n.ToString("N0"), int n => n.ToString("N0"), _ => cell.ToString() ?? "" }))]);
}
