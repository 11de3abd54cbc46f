using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;
using ReasonIR.Retrieval.Measures;
using ReasonIR.Retrieval.Runs;
using ReasonIR.Search.Searching;
using Judgments = ReasonIR.Retrieval.Runs.Judgments;
using Ranked = ReasonIR.Retrieval.Runs.Run;

namespace ReasonIR.Search.Evaluation;

/// <summary>A run that was made elsewhere, measured with a query set's judgments.</summary>
public sealed class ImportRunHandler(IndexCatalog catalog, QuerySetStore querySets, ProvenanceReader provenance, ResultWriter results, ArtifactStore artifacts) : IRunHandler
{
    /// <summary>The kind of a system whose rankings were made elsewhere.</summary>
    public const string Imported = "imported-run";

    const int NamedQueries = 5;

    /// <inheritdoc/>
    public string Kind => RunKinds.ImportRun;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<ImportRunSpec>();
        await using (var db = await run.ReadAsync(cancellation))
            if (await db.Results.Where(row => row.RunId == run.RunId).Select(row => (long?)row.Id).SingleOrDefaultAsync(cancellation) is { } done)
            {
                await FinishAsync(run, spec, done, cancellation);
                return;
            }
        var corpus = await catalog.CorpusAsync(spec.Corpus, cancellation);
        var set = await JudgedSets.ChooseAsync(run, corpus, spec.QuerySet, cancellation);
        await run.LinkAsync(LinkDirection.Input, "corpus", corpus.Id, cancellation: cancellation);
        await run.LinkAsync(LinkDirection.Input, "queryset", set.Id, cancellation: cancellation);
        var queries = (await querySets.ReadAsync(set.Id, cancellation)).Where(query => query.Judgments.Count > 0).ToList();
        var clock = Stopwatch.StartNew();
        var listed = await ReadAsync(spec, cancellation);
        var (judgments, exclusions, rankings) = (new Judgments(), new Exclusions(), new Ranked(spec.System));
        foreach (var query in queries)
        {
            foreach (var judgment in query.Judgments)
                judgments.Add(query.ExternalId, judgment.DocumentExternalId, judgment.Grade);
            if (spec.Exclusions && query.Exclusions.Count > 0)
                exclusions.Add(query.ExternalId, query.Exclusions.Select(row => row.DocumentExternalId));
            if (listed.Contains(query.ExternalId))
                rankings.Add(query.ExternalId, Evaluator.Rank(listed[query.ExternalId], exclusions[query.ExternalId], spec.Depth));
        }
        var foreign = listed.Count - rankings.Count;
        if (rankings.Count == 0)
            throw new ArgumentException($"The run answers none of the {queries.Count:N0} judged queries of '{set.Name}'; its queries are {string.Join(", ", listed.Take(NamedQueries).Select(ranking => ranking.Key))} ….");
        if (foreign > 0)
            await run.LogAsync(RunLogLevel.Warning, $"{foreign:N0} queries of the run are not judged in '{set.Name}' and were left out.");
        var evaluation = Evaluator.Evaluate(judgments, rankings, MeasureSet.Stored);
        if (evaluation.Missing.Count > 0)
            await run.LogAsync(RunLogLevel.Warning, $"{evaluation.Missing.Count:N0} of {queries.Count:N0} judged queries are not in the run; the means are over the {evaluation.Queries.Count:N0} that are.");
        var system = new SystemSpec(spec.System, Imported);
        var evaluated = new Evaluated(system, rankings, evaluation, [], clock.Elapsed.TotalSeconds);
        var origin = await provenance.ReadAsync(corpus, set, system, queries, new EvaluateSpec(spec.Corpus, [system], spec.QuerySet, spec.Depth, Exclusions: spec.Exclusions), evaluated, cancellation);
        var id = await results.StoreAsync(run, corpus, set, evaluated, origin, null, cancellation);
        await run.LogAsync($"{spec.System}: nDCG@10 {evaluation.MeanOverEvaluated["ndcg_cut_10"]:0.0000}, judged@10 {evaluation.MeanOverEvaluated["judged_10"]:0.0000} over {evaluation.Queries.Count:N0} queries.");
        await FinishAsync(run, spec, id, cancellation);
    }

    async Task FinishAsync(RunContext run, ImportRunSpec spec, long id, CancellationToken cancellation)
    {
        await run.LinkAsync(LinkDirection.Output, "result", id, cancellation: cancellation);
        await run.SetOutputAsync(new EvaluateOutput(new Dictionary<string, long> { [spec.System] = id }), cancellation);
        var folder = artifacts.Resolve($"uploads/{spec.UploadId}");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    async Task<Ranked> ReadAsync(ImportRunSpec spec, CancellationToken cancellation)
    {
        var folder = artifacts.Resolve($"uploads/{spec.UploadId}");
        var files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories) : [];
        if (files is not [var path])
            throw new ArgumentException($"uploadId: expected an upload of one run file, found {files.Length} files.");
        try
        {
            return await TrecRun.ReadAsync(path, cancellation: cancellation);
        }
        catch (DataFileException e)
        {
            // The user knows the file by the name it was uploaded under.
            throw new InvalidDataException(e.Message.Replace(folder + Path.DirectorySeparatorChar, ""), e);
        }
    }
}
