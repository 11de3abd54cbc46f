using ReasonIR.Retrieval.Parquet;
using ReasonIR.Testing.Parquet;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Parquet;

/// <summary>Runs alone: it measures the memory of the whole process.</summary>
[CollectionDefinition(nameof(ParquetMemoryTests), DisableParallelization = true)]
[Collection(nameof(ParquetMemoryTests))]
public sealed class ParquetMemoryTests
{
    [Fact]
    public void Holds_a_page_at_a_time_whatever_the_row_group_s_size()
    {
        const int rows = 60_000;
        var path = Path.GetTempFileName();
        try
        {
            // 60 MB of text in one row group, in pages of 100 KB.
            using (var writer = new ParquetWriter(File.Create(path), [new("id"), new("content")], gzip: false, pageRows: 100))
                writer.WriteGroup([.. Enumerable.Range(0, rows).Select(i => new object?[] { $"{i}", new string((char)('a' + i % 26), 1000) })]);
            var before = GC.GetTotalMemory(forceFullCollection: true);
            long count = 0, largest = 0;
            using var file = ParquetFile.Open(path);
            foreach (var row in file.Read(file.Columns))
            {
                if (++count % 10_000 == 0)
                    largest = Math.Max(largest, GC.GetTotalMemory(forceFullCollection: true));
                Assert.Equal(1000, row.Text(1)!.Length);
            }
            Assert.Equal(rows, count);
            Assert.True(largest - before < 8 << 20, $"{largest - before} bytes are held");
        }
        finally
        {
            File.Delete(path);
        }
    }
}
