using ReasonIR.Retrieval.Vectors;

namespace ReasonIR.Retrieval.TestWorker;

/// <summary>
/// Changes a vector index until the process is killed. Change i gives each of the documents d0 ... d9 the vector (i, document) and writes i
/// when it is done; every few changes it removes and compacts, which must not change what is there.
/// </summary>
static class VectorChanges
{
    const int Documents = 10;

    public static async Task RunAsync(string folder, int first)
    {
        using var index = File.Exists(Path.Combine(folder, "manifest")) ? VectorIndex.Open(folder) : VectorIndex.Create(folder, new(2, VectorMetric.Dot));
        for (var i = first; ; i++)
        {
            await index.UpsertAsync([.. Enumerable.Range(0, Documents).Select(d => new VectorDocument($"d{d}", new float[] { i, d }, [new("change", (double)i)]))]);
            if (i % 5 == 0)
                await index.RemoveAsync(["nothing", "here"]);
            if (i % 7 == 0)
                await index.CompactAsync();
            Console.WriteLine(i);
        }
    }
}
