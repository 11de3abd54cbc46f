using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Datasets;

namespace ReasonIR.Portal.Datasets.Reviews;

/// <summary>Makes a new version of what reviewers decided: rejected examples are left out, edits applied. The reviewed version stays as it is.</summary>
public sealed class ReviewedVersions(IDbContextFactory<ExperimentsDb> databases, DatasetsService versions, DatasetStore datasets, ReviewStore reviews)
{
    const int Batch = 1000;

    /// <summary>The new version, or the one that the same reviews by the same rules made before; null where there is no such version.</summary>
    /// <exception cref="ArgumentException">The rules have problems, nobody reviewed the version, or nothing would be left or changed.</exception>
    public async Task<ApplyReviewsAnswer?> ApplyAsync(DatasetReference reference, ApplyReviewsRequest rules, CancellationToken ct)
    {
        if (rules.Problems().ToList() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join(" ", problems));
        if (await versions.ResolveAsync(reference, ct) is not { } source)
            return null;
        ReviewsService.RequireExamples(source);
        var current = (await reviews.CurrentAsync(source.Id, cancellation: ct)).Where(review => rules.Authors is null || rules.Authors.Contains(review.Author)).ToList();
        if (current.Count == 0)
            throw new ArgumentException($"Nobody{(rules.Authors is null ? "" : " of those named")} has reviewed version {source.Version} of {source.Dataset!.Name}.");
        var decisions = current.GroupBy(review => review.Ordinal).ToDictionary(group => group.Key, group => ReviewDecision.Of([.. group], rules));
        var spec = Spec(source, rules, current);
        if (await MadeBeforeAsync(source, spec, ct) is { } before)
            return new(DatasetsService.Describe(before), before.ExampleCount, source.ExampleCount - before.ExampleCount, decisions.Values.Count(decision => decision is { Keep: true, Edit: not null }), Made: false);
        return await MakeAsync(source, spec, rules, decisions, ct);
    }

    /// <summary>The version that a spec says was reviewed; null where it was made otherwise.</summary>
    public static DatasetReference? Origin(string spec)
    {
        using var json = JsonDocument.Parse(spec);
        return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("reviewOf", out var of) && of.GetString() is { } name ? DatasetReference.Parse(name, "reviewOf") : null;
    }

    async Task<ApplyReviewsAnswer> MakeAsync(DatasetVersion source, string spec, ApplyReviewsRequest rules, Dictionary<int, ReviewDecision> decisions, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        db.Database.SetCommandTimeout(TimeSpan.FromHours(1));
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var version = await datasets.OpenVersionAsync(db, source.Dataset!.Name, DatasetKind.Examples, source.Generator, spec, source.CorpusId, runId: null, ct);
        var (kept, rejected, edited, changed) = (0, 0, 0, false);
        var waiting = new List<Example>(Batch);
        await foreach (var example in datasets.StreamAsync(source.Id, ct))
        {
            var decision = decisions.GetValueOrDefault(example.Ordinal);
            if (!(decision?.Keep ?? rules.Unreviewed == "keep"))
            {
                rejected++;
                continue;
            }
            kept++;
            edited += decision?.Edit is null ? 0 : 1;
            changed |= decision is { Edit: not null } or { Tags.Count: > 0 };
            waiting.Add(decision is null ? Copy(example, example.Metadata) : Decided(source, example, decision));
            if (waiting.Count == Batch)
                await FlushAsync();
        }
        if (kept == 0)
            throw new ArgumentException("By these rules no example would be left.");
        if (rejected == 0 && !changed)
            throw new ArgumentException("The reviews reject nothing, edit nothing and tag nothing: the new version would be the old one.");
        await FlushAsync();
        version = await datasets.SealAsync(db, version.Id, ct);
        await transaction.CommitAsync(ct);
        return new(DatasetsService.Describe((await versions.ResolveAsync(new(source.Dataset.Name, version.Version), ct))!), kept, rejected, edited, Made: true);

        async Task FlushAsync()
        {
            if (waiting.Count > 0)
                await datasets.AppendAsync(db, version.Id, waiting, ct);
            waiting.Clear();
        }
    }

    async Task<DatasetVersion?> MadeBeforeAsync(DatasetVersion source, string spec, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(spec)));
        return await db.DatasetVersions.AsNoTracking().Include(version => version.Dataset).Include(version => version.Corpus)
            .FirstOrDefaultAsync(version => version.DatasetId == source.DatasetId && version.SpecHash == hash && version.SealedAt != null, ct);
    }

    /// <summary>The version's spec: what was reviewed, by whom, up to which review, by which rules.</summary>
    static string Spec(DatasetVersion source, ApplyReviewsRequest rules, List<ExampleReview> current) => new JsonObject
    {
        ["reviewOf"] = $"{source.Dataset!.Name}@{source.Version}",
        ["rejected"] = rules.Rejected,
        ["unreviewed"] = rules.Unreviewed,
        ["reviewers"] = new JsonArray([.. current.Select(review => review.Author).Distinct().Order(StringComparer.Ordinal)]),
        ["throughReview"] = current.Max(review => review.Id),
        ["reviews"] = current.Count,
    }.ToJsonString();

    static Example Decided(DatasetVersion source, Example example, ReviewDecision decision)
    {
        var metadata = (example.Metadata is null ? null : JsonNode.Parse(example.Metadata) as JsonObject) ?? [];
        metadata["review"] = JsonSerializer.SerializeToNode(
            new ReviewFacts($"{source.Dataset!.Name}@{source.Version}#{example.Ordinal}", decision.By, decision.Edit is not null, decision.Tags), ExperimentsJson.Options);
        if (decision.Edit is null)
            return Copy(example, metadata.ToJsonString());
        if (metadata["synthesis"] is JsonObject facts)
        {
            Follow(facts["positives"] as JsonArray, decision.Edit.Positives, example.Positives);
            Follow(facts["negatives"] as JsonArray, decision.Edit.Negatives, example.Negatives);
        }
        var (query, instruction, positives, negatives) = decision.Edit.Apply(example);
        return new()
        {
            Query = query, Instruction = instruction, Positives = positives, Negatives = negatives,
            Generator = example.Generator, PromptHash = example.PromptHash, SourceDocumentId = example.SourceDocumentId, Metadata = metadata.ToJsonString(),
        };
    }

    /// <summary>What is known of each passage stays beside it; of a text that people wrote nothing is known.</summary>
    static void Follow(JsonArray? facts, IReadOnlyList<string?>? texts, IReadOnlyList<Passage> passages)
    {
        if (facts is null || texts is null || facts.Count != texts.Count)
            return;
        for (var i = texts.Count - 1; i >= 0; i--)
            if (texts[i] is null)
                facts.RemoveAt(i);
            else if (texts[i] != passages[i].Text)
                facts[i] = new JsonObject { ["source"] = "edited" };
    }

    static Example Copy(Example example, string? metadata) => new()
    {
        Query = example.Query, Instruction = example.Instruction, Positives = example.Positives, Negatives = example.Negatives,
        Generator = example.Generator, PromptHash = example.PromptHash, SourceDocumentId = example.SourceDocumentId, Metadata = metadata,
    };
}
