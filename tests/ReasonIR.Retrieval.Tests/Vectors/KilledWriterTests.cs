using System.Diagnostics;
using ReasonIR.Retrieval.Vectors;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Vectors;

public sealed class KilledWriterTests
{
    static readonly string Writer = AppContext.BaseDirectory.TrimEnd('/').Replace("ReasonIR.Retrieval.Tests", "ReasonIR.Retrieval.TestWorker", StringComparison.Ordinal) + "/ReasonIR.Retrieval.TestWorker.dll";

    /// <summary>A process that changes an index is killed at some moment; the index is then what it was before or after the change at hand.</summary>
    [Fact]
    public async Task Kill_9_at_any_moment_leaves_the_state_before_or_after_a_change()
    {
        var folder = Directory.CreateTempSubdirectory("reasonir-killed-").FullName;
        var random = new Random(1);
        var done = -1;
        try
        {
            for (var round = 0; round < 12; round++)
            {
                using var writer = Process.Start(new ProcessStartInfo("dotnet", [Writer, folder, $"{done + 1}"]) { RedirectStandardOutput = true })!;
                // Once it is at work, at some moment between two lines.
                var said = await writer.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
                Assert.NotNull(said);
                await Task.Delay(random.Next(0, 60), TestContext.Current.CancellationToken);
                writer.Kill();
                for (var line = said; line is not null; line = await writer.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))
                    done = int.Parse(line);
                await writer.WaitForExitAsync(TestContext.Current.CancellationToken);

                using var index = VectorIndex.Open(folder, verify: true);
                var state = (int)index.Vectors("d0")![0];
                Assert.InRange(state, done, done + 1);
                Assert.Equal(10, index.Count);
                for (var document = 0; document < 10; document++)
                    Assert.Equal([state, document], index.Vectors($"d{document}")!);
                Assert.Equal(10, index.Search([1, 0], 20, filter: new([new("change", [(double)state])])).Length);
                done = state;
            }
            using var after = VectorIndex.Open(folder);
            await after.CompactAsync(TestContext.Current.CancellationToken);
            Assert.Equal(["manifest", "write.lock"], Directory.GetFiles(folder).Select(Path.GetFileName).Where(name => !name!.Contains('-')).Order(StringComparer.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
