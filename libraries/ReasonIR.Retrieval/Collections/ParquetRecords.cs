using System.Text;
using System.Text.Json;
using ReasonIR.Retrieval.Parquet;

namespace ReasonIR.Retrieval.Collections;

/// <summary>Rows of a Parquet file as a collection's fields, with errors that name the file, the row and the column.</summary>
sealed class ParquetRecords : IDisposable
{
    /// <summary>What BRIGHT writes for "none".</summary>
    const string None = "N/A";

    readonly ParquetFile file;
    readonly CollectionLimits limits;
    readonly List<ParquetColumn> columns = [];

    public ParquetRecords(string path, CollectionLimits? limits) => (file, this.limits) = (ParquetFile.Open(path), limits ?? CollectionLimits.Default);

    /// <summary>The row that is read.</summary>
    public ParquetRow Row { get; private set; } = null!;

    /// <summary>A column to read, which must be there; its place.</summary>
    public int Require(string column) => Add(file.Require(column));

    /// <summary>A column to read where it is there; null where it is not.</summary>
    public int? Optional(string column) => file.Find(column) is { } found ? Add(found) : null;

    public IEnumerable<T> Read<T>(Func<ParquetRecords, T> map)
    {
        foreach (var row in file.Read(columns))
        {
            Row = row;
            yield return map(this);
        }
    }

    /// <summary>A text; empty where the column is absent or null.</summary>
    public string Text(int? column) => column is { } place ? Row.Text(place) ?? "" : "";

    /// <summary>An id: a text that is not empty, or an integer.</summary>
    public string Id(int column) => Checked(column, Row.Value(column) switch
    {
        string text => text,
        long number => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        null => throw Row.Wrong(column, "expected an id, found null"),
        var other => throw Row.Wrong(column, $"expected an id (a text or an integer), found {other.GetType().Name}"),
    });

    /// <summary>Ids in a list; none where the column is absent or null, and "N/A" stands for none.</summary>
    public IReadOnlyList<string> Ids(int? column)
    {
        if (column is not { } place || Row.Value(place) is not { } value)
            return [];
        if (value is not List<object?> items)
            return value is string and (None or "") ? [] : throw Row.Wrong(place, "expected a list of ids");
        return [.. items.Select(item => Checked(place, item as string ?? throw Row.Wrong(place, "expected a list of texts"))).Where(id => id != None)];
    }

    /// <summary>A whole number.</summary>
    public int Grade(int column) => Row.Value(column) switch
    {
        long number and >= int.MinValue and <= int.MaxValue => (int)number,
        double number when number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue => (int)number,
        var other => throw Row.Wrong(column, $"expected an integer, found {other ?? "null"}"),
    };

    /// <summary>An object of the texts that are there, or null where none is.</summary>
    public string? Metadata(params IReadOnlyList<(string Name, int? Column)> fields)
    {
        var present = fields.Where(field => field.Column is not null && Row.Text(field.Column.Value) is not null).ToList();
        if (present.Count == 0)
            return null;
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            foreach (var (name, column) in present)
                writer.WriteString(name, Row.Text(column!.Value));
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    public void Dispose() => file.Dispose();

    string Checked(int column, string id) => limits.IdProblem(id) is { } problem ? throw Row.Wrong(column, problem.TrimEnd('.')) : id;

    int Add(ParquetColumn column)
    {
        columns.Add(column);
        return columns.Count - 1;
    }
}
