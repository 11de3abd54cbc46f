using System.Text.Json;
using ReasonIR.Contracts.Studies;
using ReasonIR.Experiments.Results;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Portal.Studies;

/// <summary>The measure against the length of the rewrite: one run a place and retriever, so that a retriever's lengths are tested against its original queries.</summary>
public sealed class LengthStudy(StudyMeasuring measuring)
{
    /// <summary>The stage's note that counts the tokens of all rewrites.</summary>
    const string Tokens = "rewrite: tokens";

    /// <summary>Measures and puts the table together.</summary>
    public async Task<StudyOutput> RunAsync(RunContext run, StudyScope on, RewriteLength section, CancellationToken cancellation)
    {
        var (places, label, done) = (on.Places(), ExperimentHandler.Label("rewrite-length", run), 0);
        var total = places.Count * section.Retrievers.Count;
        var measured = await Task.WhenAll(places.Select(async place =>
        {
            await measuring.ImportAsync(run, on, place, cancellation);
            var results = new Dictionary<string, Result>(StringComparer.Ordinal);
            // One after another: what a language model wrote for the first retriever is there for the others.
            foreach (var retriever in section.Retrievers)
            {
                var found = await measuring.MeasureAsync(run, on, place, retriever.Label, [.. section.Systems(retriever).Select(system => system.System)], label, cancellation);
                foreach (var (system, result) in found)
                    results.Add(system, result);
                await run.ReportProgressAsync((double)Interlocked.Increment(ref done) / total, $"{retriever.Label} on {place.Name} is measured");
            }
            return (Place: place.Name, Results: results);
        }));
        var rows = section.Retrievers.SelectMany(retriever => section.Systems(retriever).Select(system =>
        {
            var results = measured.ToDictionary(place => place.Place, place => place.Results[system.System.Name]);
            var cells = results.ToDictionary(pair => pair.Key, pair => StudyMeasuring.Cell(pair.Value, on.Measure));
            return new StudyRow(retriever.Label, system.Condition, cells, MeanTokens([.. results.Values]), StudyMeasuring.Mean(cells, places.Count));
        })).ToList();
        return new("rewrite-length", on.Measure, [.. places.Select(place => place.Name)], rows, label, [.. Notes(section)], "tokens");
    }

    static IEnumerable<string> Notes(RewriteLength section)
    {
        yield return "A point stands at the mean length of its rewrites, counted in words and punctuation marks, whatever length was asked for.";
        yield return section.From == "llm"
            ? "Each length was written anew by the language model, which was asked for it; answers that reached it are cut off there."
            : $"The rewrites are those of '{section.Set}', cut to each length: the beginnings of long rewrites, not rewrites that were written to be short.";
    }

    /// <summary>Over all rewritten queries; null for the original ones.</summary>
    static double? MeanTokens(IReadOnlyList<Result> results)
    {
        var (tokens, queries) = (0.0, 0);
        foreach (var result in results)
        {
            using var provenance = JsonDocument.Parse(result.Provenance);
            if (!provenance.RootElement.TryGetProperty("pipeline", out var pipeline) || !pipeline.TryGetProperty("notes", out var notes) || notes.ValueKind != JsonValueKind.Object || !notes.TryGetProperty(Tokens, out var counted))
                return null;
            tokens += counted.GetDouble();
            queries += result.QueryCount;
        }
        return queries == 0 ? null : tokens / queries;
    }
}
