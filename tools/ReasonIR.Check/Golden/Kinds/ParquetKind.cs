using System.Collections;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ReasonIR.Retrieval.Collections;
using ReasonIR.Retrieval.Parquet;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>
/// Parquet files: a case is a row, every value of which must be equal. Columns that the reader refuses (structs, lists of lists) are
/// left out, but one must remain. Of the broken files a case is a file: a clear error or, where the list allows it, rows; and never
/// memory beyond what the file's size explains.
/// </summary>
public sealed class ParquetKind : IGoldenKind
{
    // What unpacks in earnest may be this much larger, and a reader has buffers of its own.
    const long AllocationFactor = 256;
    const long AllocationFloor = 64 << 20;

    static readonly TimeSpan longest = TimeSpan.FromSeconds(30);

    public string Kind => "parquet";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        foreach (var (file, folder) in Listed(manifest, "good"))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return CheckGood(manifest, file, folder);
        }
        if (!manifest.Root.TryGetProperty("broken", out _))
            yield break;
        var tally = new GoldenTally(manifest, manifest.WrittenPath("broken"), manifest.ToleranceElement());
        foreach (var (file, folder) in Listed(manifest, "broken"))
        {
            cancellation.ThrowIfCancellationRequested();
            tally.Case(Name(file), () => CheckBroken(tally, Path.Combine(folder, Name(file)), file.GetProperty("error_required").GetBoolean()));
        }
        yield return tally.Group();
    }

    static GoldenGroup CheckGood(GoldenManifest manifest, JsonElement file, string folder)
    {
        var tally = new GoldenTally(manifest, Name(file), manifest.ToleranceElement());
        using var parquet = ParquetFile.Open(Path.Combine(folder, Name(file)));
        var columns = parquet.Columns.Where(column => column.Problem is null).ToList();
        tally.Case("the footer", () =>
        {
            tally.Equal("rows", file.GetProperty("rows").GetInt64(), parquet.Rows);
            tally.Equal("row groups", file.GetProperty("row_groups").GetInt32(), parquet.RowGroups);
            if (columns.Count == 0)
                tally.Fail("no column can be read");
        });
        using var rows = parquet.Read(columns).GetEnumerator();
        var number = 1;
        foreach (var line in File.ReadLines(Path.Combine(folder, file.GetProperty("expected").GetString()!)))
        {
            using var expected = JsonDocument.Parse(line);
            tally.Case($"row {number}", () =>
            {
                if (!rows.MoveNext())
                    throw new FormatException("is missing");
                for (var i = 0; i < columns.Count; i++)
                    Compare(tally, columns[i].Name, expected.RootElement.GetProperty(columns[i].Name), rows.Current.Value(i));
            });
            number++;
        }
        tally.Case("the end", () => tally.Equal("a further row", false, rows.MoveNext()));
        return tally.Group();
    }

    static void CheckBroken(GoldenTally tally, string path, bool errorRequired)
    {
        var (started, allocated) = (DateTime.UtcNow, GC.GetAllocatedBytesForCurrentThread());
        try
        {
            using var parquet = ParquetFile.Open(path);
            var columns = parquet.Columns.Where(column => column.Problem is null).ToList();
            foreach (var row in columns.Count == 0 ? [] : parquet.Read(columns))
                for (var i = 0; i < columns.Count; i++)
                    row.Value(i);
            if (errorRequired)
                tally.Fail("expected an error, found none");
        }
        catch (CollectionFormatException e)
        {
            if (!e.Message.Contains(path, StringComparison.Ordinal))
                tally.Fail($"the error does not name the file: {e.Message}");
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (allocated > AllocationFloor + AllocationFactor * new FileInfo(path).Length)
            tally.Fail($"{allocated} bytes were allocated for a file of {new FileInfo(path).Length}");
        if (DateTime.UtcNow - started > longest)
            tally.Fail($"took longer than {longest.TotalSeconds:0} s");
    }

    static void Compare(GoldenTally tally, string what, JsonElement expected, object? found)
    {
        switch (expected.ValueKind)
        {
            case JsonValueKind.Null:
                tally.Equal(what, null, found);
                break;
            case JsonValueKind.Array when found is IList items:
                tally.Equal($"{what}, length", expected.GetArrayLength(), items.Count);
                for (var i = 0; i < Math.Min(items.Count, expected.GetArrayLength()); i++)
                    Compare(tally, $"{what}[{i}]", expected[i], items[i]);
                break;
            case JsonValueKind.Object when found is byte[] bytes:
                tally.Equal(what, expected.GetProperty("hex").GetString(), Convert.ToHexStringLower(bytes));
                break;
            case JsonValueKind.Object when found is string text:
                var utf8 = Encoding.UTF8.GetBytes(text);
                tally.Equal($"{what}, bytes", expected.GetProperty("length_utf8").GetInt32(), utf8.Length);
                tally.Equal($"{what}, SHA-256", expected.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(utf8)));
                break;
            default:
                tally.Equal(what, true, IsEqual(expected, found) ? true : throw new FormatException($"{what}: expected {expected.GetRawText()}, found {found ?? "null"}"));
                break;
        }
    }

    static bool IsEqual(JsonElement expected, object? found) => found switch
    {
        bool truth => expected.ValueKind == (truth ? JsonValueKind.True : JsonValueKind.False),
        long or ulong => expected.GetRawText() == Convert.ToString(found, CultureInfo.InvariantCulture),
        float single => IsEqual(expected, (double)single),
        double number when expected.ValueKind == JsonValueKind.String => expected.GetString() == (double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity"),
        double number => expected.GetDouble().Equals(number) && double.IsNegative(expected.GetDouble()) == double.IsNegative(number),
        string text => expected.GetString() == text,
        DateOnly day => expected.GetString() == day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        DateTime time => DateTimeOffset.Parse(expected.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal) is var when
            && when.Ticks == time.Ticks && expected.GetString()!.EndsWith("+00:00", StringComparison.Ordinal) == (time.Kind == DateTimeKind.Utc),
        _ => false,
    };

    static IEnumerable<(JsonElement File, string Folder)> Listed(GoldenManifest manifest, string property)
    {
        var list = manifest.PathOf(property);
        return GoldenManifest.ReadJson(list).EnumerateArray().Select(file => (file, Path.GetDirectoryName(list)!));
    }

    static string Name(JsonElement file) => file.GetProperty("file").GetString()!;
}
