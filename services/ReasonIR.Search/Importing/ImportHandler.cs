using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;
using ReasonIR.Retrieval.Collections;

namespace ReasonIR.Search.Importing;

/// <summary>Files, uploaded or from the hub, become a corpus with query sets, in one transaction: an error leaves everything as it was.</summary>
public sealed class ImportHandler(ArtifactStore artifacts, DocumentStore documents, QuerySetStore querySets, HubCollection hub) : IRunHandler
{
    const int NamedUnknown = 5;

    /// <inheritdoc/>
    public string Kind => RunKinds.Import;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<ImportSpec>();
        var folder = spec.Hub is null ? artifacts.Resolve($"uploads/{spec.UploadId}") : Path.Combine(run.WorkFolder, "hub");
        if (run.Run.Output is not null)
        {
            // Done by an earlier attempt, which died while it cleared away: what is left of the upload is no collection anymore.
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
            return;
        }
        var (commit, license) = spec.Hub is null ? (null, null) : await hub.FetchAsync(run, spec.Hub, folder, cancellation);
        if (!Directory.Exists(folder))
            throw new ArgumentException($"uploadId: there is no upload '{spec.UploadId}'; its files may have been taken by an earlier import.");
        ImportOutput output;
        try
        {
            var collection = UploadedCollection.Open(folder, spec);
            await run.LogAsync($"Reads the files as {collection.Format}.");
            output = await run.WriteAsync(async db =>
            {
                // Two imports may make one corpus at a time: the second waits for the first, however long that takes.
                db.Database.SetCommandTimeout(0);
                await db.Database.ExecuteSqlAsync($"insert into corpora (name, state) values ({spec.Corpus}, 'importing') on conflict (name) do nothing", cancellation);
                var corpus = await db.Corpora.SingleAsync(row => row.Name == spec.Corpus, cancellation);
                (corpus.Description, corpus.Source) = (spec.Description ?? corpus.Description, commit ?? spec.Source ?? corpus.Source);
                await db.SaveChangesAsync(cancellation);
                var inputs = collection.DocumentsAsync(cancellation).Select(document => new DocumentInput(document.Id, document.Title, document.Text, document.MetadataJson));
                var imported = await documents.ImportAsync(db, corpus.Id, inputs, replace: false, count => run.ReportProgressAsync(null, $"{count:N0} documents"), cancellation);
                if (imported.Total == 0)
                    throw new InvalidDataException("The files hold no document.");
                if (imported.Repeated > 0)
                    await run.LogAsync(RunLogLevel.Warning, $"{imported.Repeated:N0} documents repeat the id of an earlier one and were left out.");

                var sets = new List<string>();
                var unknown = new List<string>();
                await foreach (var (name, queries) in collection.QuerySetsAsync(cancellation))
                {
                    await querySets.ImportAsync(db, corpus.Id, name, name, queries, cancellation);
                    var judged = queries.SelectMany(query => query.Judgments.Keys).Distinct().ToList();
                    var known = await db.Documents.Where(row => row.CorpusId == corpus.Id && judged.Contains(row.ExternalId)).Select(row => row.ExternalId).ToListAsync(cancellation);
                    unknown.AddRange(judged.Except(known));
                    sets.Add(name);
                    await run.LogAsync($"Query set {name}: {queries.Count:N0} queries, {queries.Sum(query => query.Judgments.Count):N0} judgments.");
                }
                if (unknown.Count > 0)
                    await run.LogAsync(RunLogLevel.Warning, $"{unknown.Count:N0} judged documents are not in the corpus and can never be found: {string.Join(", ", unknown.Take(NamedUnknown))}{(unknown.Count > NamedUnknown ? " …" : "")}");
                var copies = imported.Duplicates == 0 ? default : await GoldDuplicates.CountAsync(db, corpus.Id, cancellation);
                if (copies.Documents > 0)
                    await run.LogAsync(RunLogLevel.Warning, $"{copies.Documents:N0} documents have the text of a relevant one without being judged; over all query sets {copies.Queries:N0} queries count them as wrong.");
                return new ImportOutput(imported.Total, imported.Added, imported.Updated, imported.Unchanged, imported.Duplicates, sets, unknown.Count, copies.Documents, commit, license);
            }, cancellation);
        }
        catch (CollectionFormatException e)
        {
            // The user knows the file by the name it was uploaded under.
            throw new InvalidDataException(e.Message.Replace(folder + Path.DirectorySeparatorChar, ""), e);
        }
        await using (var db = await run.ReadAsync(cancellation))
            await run.LinkAsync(LinkDirection.Output, "corpus", await db.Corpora.Where(row => row.Name == spec.Corpus).Select(row => row.Id).SingleAsync(cancellation), cancellation: cancellation);
        await run.LogAsync($"{output.Documents:N0} documents: {output.Added:N0} new, {output.Updated:N0} changed, {output.Unchanged:N0} as before; {output.Duplicates:N0} have the text of another.");
        await run.SetOutputAsync(output, cancellation);
        Directory.Delete(folder, recursive: true);
    }
}
