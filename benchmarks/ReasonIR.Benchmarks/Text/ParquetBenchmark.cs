using System.Runtime.CompilerServices;
using System.Text;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Retrieval.Parquet;

namespace ReasonIR.Benchmarks.Text;

/// <summary>Parquet files to strings, from memory, one thread.</summary>
sealed class ParquetBenchmark : IBenchmark
{
    /// <summary>Text of a round, bytes: small files are read several times.</summary>
    const long RoundBytes = 24_000_000;

    static readonly string[] codecs = ["none", "snappy", "zstd", "lz4", "gzip", "brotli"];

    public string Name => "parquet";

    public string Description => "BRIGHT's documents layout to strings, a codec each, MB of text a second, 1 thread, against hyparquet (--input FILE.parquet)";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IEnumerable<string> files = context.Input is { } input ? [input]
            : codecs.Select(codec => context.Require($"golden/parquet/documents-{codec}.parquet"));
        foreach (var path in files)
        {
            var bytes = await File.ReadAllBytesAsync(path, cancellationToken);
            var (text, columns) = Measure(bytes, path);
            var times = (int)Math.Max(1, RoundBytes / Math.Max(1, text));
            await using var peer = await PeerProcess.ParquetAsync(new { file = path, columns, times }, cancellationToken);
            var rounds = await Duel.RunAsync(() =>
            {
                for (var i = 0; i < times; i++)
                    Read(bytes, path, columns);
            }, peer, cancellationToken);
            foreach (var row in Duel.Figures(Name, Path.GetFileNameWithoutExtension(path), "MB", text * times / 1e6, rounds, peer is null ? null : $"{peer.Name}, 1 thread", 1))
                yield return row;
        }
    }

    static (long Text, string[] Columns) Measure(byte[] bytes, string path)
    {
        using var file = ParquetFile.Open(new MemoryStream(bytes), path);
        string[] columns = [.. file.Columns.Where(column => column is { Problem: null, IsList: false, Kind: ParquetKind.Text }).Select(column => column.Name)];
        var text = 0L;
        foreach (var row in file.Read([.. columns.Select(file.Require)]))
            for (var i = 0; i < columns.Length; i++)
                text += Encoding.UTF8.GetByteCount(row.Text(i) ?? "");
        return (text, columns);
    }

    static void Read(byte[] bytes, string path, string[] columns)
    {
        using var file = ParquetFile.Open(new MemoryStream(bytes), path);
        foreach (var row in file.Read([.. columns.Select(file.Require)]))
            for (var i = 0; i < columns.Length; i++)
                GC.KeepAlive(row.Text(i));
    }
}
