using System.Globalization;
using ReasonIR.Contracts.Trainer;
using Spectre.Console;

namespace ReasonIR.Cli.Output;

/// <summary>What a training run will take, for people.</summary>
static class EstimateTable
{
    /// <summary>Where the memory goes.</summary>
    public static Table Of(TrainEstimate estimate)
    {
        var table = Printer.Table("memory", "#MiB", "how");
        foreach (var part in estimate.Memory)
            table.Row(part.Name, Mebibytes(part.Bytes), part.How);
        return table.Row("all", Mebibytes(estimate.MemoryBytes), $"{Mebibytes(estimate.AvailableBytes)} MiB are {estimate.AvailableFrom}");
    }

    /// <summary>The rest of it, in lines.</summary>
    public static void WriteLines(TrainEstimate estimate, TextWriter to)
    {
        to.WriteLine($"{estimate.Base}: {Count(estimate.Parameters)} parameters, {Count(estimate.Trainable)} trained.");
        to.WriteLine($"{Count(estimate.Examples)} examples, {Count(estimate.Steps)} steps{(estimate.TokensPerStep > 0 ? $" of about {Count((long)estimate.TokensPerStep)} tokens ({estimate.TokensPerQuery.ToString("0", CultureInfo.InvariantCulture)} a query, {estimate.TokensPerPassage.ToString("0", CultureInfo.InvariantCulture)} a passage)" : " at most")}.");
        to.WriteLine($"Memory: about {Mebibytes(estimate.MemoryBytes)} MiB of {Mebibytes(estimate.AvailableBytes)} {estimate.AvailableFrom}.");
        if (estimate.StepSeconds is { } step && estimate.TokensPerSecond is { } rate)
            to.WriteLine($"Time: about {Time(estimate.Seconds ?? step * estimate.Steps)} ({step.ToString(step < 10 ? "0.00" : "0", CultureInfo.InvariantCulture)} s a step; {Count((long)rate)} tokens/s were measured).");
        foreach (var note in estimate.Notes)
            to.WriteLine(note);
        foreach (var refusal in estimate.Refusals)
            to.WriteLine($"Refused: {refusal}");
    }

    static string Time(double seconds) => TimeSpan.FromSeconds(Math.Min(seconds, 1e9)) is var time && time.TotalDays >= 2 ? $"{time.TotalDays.ToString("0.0", CultureInfo.InvariantCulture)} days"
        : time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes} min" : time.TotalMinutes >= 1 ? $"{(int)time.TotalMinutes} min {time.Seconds} s" : $"{time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s";

    static string Mebibytes(long bytes) => (bytes / 1048576.0).ToString("N0", CultureInfo.InvariantCulture);

    static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
