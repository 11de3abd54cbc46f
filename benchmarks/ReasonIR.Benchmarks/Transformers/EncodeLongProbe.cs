using System.Diagnostics;
using System.Globalization;
using ReasonIR.Models.Decoders;
using ReasonIR.Models.Transformers;
using ReasonIR.Torch;
using TorchSharp;

namespace ReasonIR.Benchmarks.Transformers;

/// <summary>What <see cref="EncodeLongBenchmark"/> runs in fresh processes: one text of many tokens through the small Llama, in one type.</summary>
static class EncodeLongProbe
{
    public const string Verb = "probe-encode-long";

    /// <summary>Prints seconds, CPU seconds, the process's peak memory in bytes, then the vector.</summary>
    public static int Run(int tokens, string type)
    {
        var random = new Random(5);
        var text = Enumerable.Range(0, tokens).Select(_ => random.Next(LlamaBenchmark.Config.VocabularySize)).ToArray();
        var (vector, seconds, cpu) = TorchThread.Run(() =>
        {
            using var mode = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            var compute = Enum.Parse<torch.ScalarType>(type);
            // The same weights whatever they are computed in, held in that type as the encoder does.
            using var model = new SentenceModel(DecoderModel.Random(LlamaBenchmark.Config, 17, new(compute, compute)));
            model.eval();
            var (clock, start) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
            var row = model.Encode(PackedBatch.From([text])).data<float>().ToArray();
            return (row, clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - start).TotalSeconds);
        });
        using var process = Process.GetCurrentProcess();
        process.Refresh();
        Console.WriteLine(string.Join(' ', ((double[])[seconds, cpu, process.PeakWorkingSet64, .. vector.Select(x => (double)x)]).Select(x => x.ToString("R", CultureInfo.InvariantCulture))));
        return 0;
    }
}
