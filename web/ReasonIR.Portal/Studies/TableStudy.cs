using ReasonIR.Contracts.Studies;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Portal.Studies;

/// <summary>BM25, dense, hybrid and reranked systems over tasks; the tasks go side by side.</summary>
public sealed class TableStudy(StudyMeasuring measuring)
{
    /// <summary>Measures and puts the table together.</summary>
    public async Task<StudyOutput> RunAsync(RunContext run, StudyScope on, SystemTable section, CancellationToken cancellation)
    {
        var (places, label, done) = (on.Places(), ExperimentHandler.Label("table", run), 0);
        var measured = await Task.WhenAll(places.Select(async place =>
        {
            await measuring.ImportAsync(run, on, place, cancellation);
            var results = await measuring.MeasureAsync(run, on, place, "", section.Systems, label, cancellation);
            await run.ReportProgressAsync((double)Interlocked.Increment(ref done) / places.Count, $"{place.Name} is measured");
            return (Place: place.Name, Results: results);
        }));
        return new("table", on.Measure, [.. places.Select(place => place.Name)], [.. section.Systems.Select(system =>
        {
            var cells = measured.ToDictionary(place => place.Place, place => StudyMeasuring.Cell(place.Results[system.Name], on.Measure));
            return new StudyRow("", system.Name, cells, Mean: StudyMeasuring.Mean(cells, places.Count));
        })], label, []);
    }
}
