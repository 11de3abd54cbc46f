using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Contamination;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Contamination;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Retrieval.Contamination;
using ReasonIR.Search.Evaluation;
using ReasonIR.Search.Searching;

namespace ReasonIR.Search.Contamination;

/// <summary>
/// Compares a dataset version with a judged query set and its corpus. Large corpora are scanned in passes, each over as many documents
/// as fit in bounded memory.
/// </summary>
public sealed class ContaminationHandler(IndexCatalog catalog, QuerySetStore querySets, DocumentStore documents, DatasetStore datasets) : IRunHandler
{
    /// <summary>Word sequences held at a time, about 30 bytes each.</summary>
    const int MostSequences = 8_000_000;

    const int BatchExamples = 2000;

    /// <summary>Documents named in a report; the counts are of all.</summary>
    const int MostDocuments = 10_000;

    /// <inheritdoc/>
    public string Kind => RunKinds.Contamination;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<ContaminationSpec>();
        var clock = Stopwatch.StartNew();
        var corpus = await catalog.CorpusAsync(spec.Corpus, cancellation);
        var set = await JudgedSets.ChooseAsync(run, corpus, spec.QuerySet, cancellation);
        var version = await TrainedVersions.ChooseAsync(run, spec.Dataset, spec.Version, cancellation);
        await run.LinkAsync(LinkDirection.Input, "corpus", corpus.Id, cancellation: cancellation);
        await run.LinkAsync(LinkDirection.Input, "queryset", set.Id, cancellation: cancellation);
        await run.LinkAsync(LinkDirection.Input, "dataset", version.Id, cancellation: cancellation);

        var queries = (await querySets.ReadAsync(set.Id, cancellation)).Where(query => query.Judgments.Count > 0)
            .Select(query => new EvaluationQuery(query.ExternalId, query.Text, [.. query.Judgments.Where(row => row.Grade > 0).Select(row => row.DocumentExternalId)])).ToList();
        var sameCorpus = version.CorpusId == corpus.Id;
        var merged = new OverlapTally();
        var pass = 0;
        var (examples, seen) = (0L, 0L);
        await using var stream = documents.StreamAsync(corpus.Id, cancellation: cancellation).GetAsyncEnumerator(cancellation);
        for (var more = await stream.MoveNextAsync(); more || pass == 0; pass++)
        {
            var scan = new ContaminationScan(queries, new(spec.Words, spec.Near));
            for (; more && scan.Size < MostSequences; more = await stream.MoveNextAsync(), seen++)
                scan.Add(new EvaluationDocument(stream.Current.ExternalId, stream.Current.Title, stream.Current.Text));
            await foreach (var batch in BatchesAsync(version.Id, sameCorpus, cancellation))
            {
                scan.Scan(batch);
                await run.ReportProgressAsync(seen / (double)Math.Max(1, corpus.DocumentCount) * scan.Examples / Math.Max(1, version.ExampleCount), $"{scan.Examples:N0} examples against {seen:N0} documents");
                cancellation.ThrowIfCancellationRequested();
            }
            merged.Add(scan.Finish(), queriesToo: pass == 0);
            examples = scan.Examples;
        }
        var summary = merged.Summary(examples, queries.Count, corpus.DocumentCount, sameCorpus, clock.Elapsed.TotalSeconds);
        var id = await StoreAsync(run, corpus, set, version, summary, merged, cancellation);
        await run.LogAsync($"{examples:N0} examples of {spec.Dataset} version {version.Version} against {queries.Count:N0} queries and {corpus.DocumentCount:N0} documents: {summary.Words}; {summary.QueriesClean:N0} queries are clean.");
        await run.SetOutputAsync(new ContaminationOutput(id, summary), cancellation);
    }

    async IAsyncEnumerable<IReadOnlyList<TrainedExample>> BatchesAsync(long version, bool sameCorpus, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var batch = new List<TrainedExample>(BatchExamples);
        await foreach (var example in datasets.StreamAsync(version, cancellation))
        {
            batch.Add(new(example.Ordinal, example.Query, Texts(example.Positives), Texts(example.Negatives)));
            if (batch.Count < BatchExamples)
                continue;
            yield return batch;
            batch = new(BatchExamples);
        }
        if (batch.Count > 0)
            yield return batch;

        // An id of another corpus may be that of a different document here.
        List<TrainedText> Texts(IReadOnlyList<Passage> passages) => [.. passages.Select(passage => new TrainedText(passage.Text, sameCorpus ? passage.DocumentId : null))];
    }

    static Task<long> StoreAsync(RunContext run, Corpus corpus, QuerySet set, DatasetVersion version, ContaminationSummary summary, OverlapTally merged, CancellationToken cancellation) =>
        run.WriteAsync(async db =>
        {
            // A run that died between this write and its end finds its own report again.
            await db.ContaminationReports.Where(report => report.RunId == run.RunId).ExecuteDeleteAsync(cancellation);
            var report = new ContaminationReport
            {
                DatasetVersionId = version.Id, CorpusId = corpus.Id, QuerySetId = set.Id, RunId = run.RunId, CorpusHash = corpus.ContentHash, QuerySetHash = set.ContentHash, Summary = ExperimentsJson.Write(summary),
                Findings = [.. merged.Named(MostDocuments).Select(overlap => new ContaminationFinding
                {
                    Kind = overlap.Kind.ToString()[..1].ToLowerInvariant() + overlap.Kind.ToString()[1..], QueryExternalId = overlap.Query, DocumentExternalId = overlap.Document,
                    Share = overlap.Share, Examples = overlap.Examples, First = overlap.First,
                })],
            };
            db.ContaminationReports.Add(report);
            await db.SaveChangesAsync(cancellation);
            return report.Id;
        }, cancellation);
}
