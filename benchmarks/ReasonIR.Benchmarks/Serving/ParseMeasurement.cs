extern alias encoder;

using System.Text.Json;
using encoder::ReasonIR.Encoder.Requests;
using encoder::ReasonIR.Encoder.Serving;
using Microsoft.AspNetCore.Http;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Benchmarks.Text;

namespace ReasonIR.Benchmarks.Serving;

/// <summary>A body of 2,048 texts, up to the characters of each text: as the service reads it, against a document with a string for each.</summary>
static class ParseMeasurement
{
    const int Texts = 2048, Passes = 3;

    public static IEnumerable<BenchmarkResult> Run(CancellationToken cancellation)
    {
        var random = new Random(7);
        var body = JsonSerializer.SerializeToUtf8Bytes(new
        {
            input = Enumerable.Range(0, Texts).Select(_ => string.Join(' ', Enumerable.Range(0, random.Next(20, 120)).Select(_ => $"word{random.Next(10_000)}\"ä"))),
            model = "model",
        });
        var options = new ServingOptions();
        long Ours()
        {
            using var request = RequestBody.ReadAsync(new DefaultHttpContext { Request = { Body = new MemoryStream(body) } }.Request, CancellationToken.None).GetAwaiter().GetResult();
            var characters = 0L;
            EncodeRequest.OfOpenAi(request, options).Inputs.ForEachText(options.TextCharacters, (_, text) => characters += text.Length);
            return characters;
        }
        long Document()
        {
            using var json = JsonDocument.ParseAsync(new MemoryStream(body)).GetAwaiter().GetResult();
            return json.RootElement.GetProperty("input").EnumerateArray().Select(text => text.GetString()!).ToList().Sum(text => (long)text.Length);
        }
        if (Ours() != Document())
            throw new InvalidDataException("The two readers found different texts.");
        var workload = $"{Texts:N0} inputs, {body.Length / 1e6:N1} MB of JSON";
        yield return new("serve", workload, "read to characters", "ms CPU", 1000 * CpuTime.BestOf(Passes, () => Ours(), cancellation), HigherIsBetter: false,
            PeerName: "JsonDocument and strings", Peer: 1000 * CpuTime.BestOf(Passes, () => Document(), cancellation));
        yield return new("serve", workload, "allocated", "MB", Allocated(Ours), HigherIsBetter: false, PeerName: "JsonDocument and strings", Peer: Allocated(Document));
    }

    static double Allocated(Func<long> work)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        work();
        return (GC.GetAllocatedBytesForCurrentThread() - before) / 1e6;
    }
}
