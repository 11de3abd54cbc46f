using Microsoft.EntityFrameworkCore;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Contamination;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Indexes;
using ReasonIR.Experiments.Language;
using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Pipelines;
using ReasonIR.Experiments.Results;
using ReasonIR.Experiments.Runs;
using ReasonIR.Experiments.Schema;
using ReasonIR.Experiments.Synthesis;

namespace ReasonIR.Experiments;

/// <summary>
/// The experiment database. Runs change only through <see cref="RunQueue"/> and <see cref="RunContext"/>;
/// bulk goes through the stores (COPY); the rest is plain EF.
/// </summary>
public sealed class ExperimentsDb(DbContextOptions<ExperimentsDb> options) : DbContext(options)
{
    /// <summary>Longest silence of the server during a COPY: at its end triggers and keys are checked. Zero would not mean for ever.</summary>
    internal static readonly TimeSpan CopyTimeout = TimeSpan.FromHours(1);

    public DbSet<Corpus> Corpora => Set<Corpus>();
    public DbSet<Document> Documents => Set<Document>();
    public DbSet<QuerySet> QuerySets => Set<QuerySet>();
    public DbSet<Query> Queries => Set<Query>();
    public DbSet<Judgment> Judgments => Set<Judgment>();
    public DbSet<Exclusion> Exclusions => Set<Exclusion>();
    public DbSet<JudgmentEdit> JudgmentEdits => Set<JudgmentEdit>();
    public DbSet<Dataset> Datasets => Set<Dataset>();
    public DbSet<DatasetVersion> DatasetVersions => Set<DatasetVersion>();
    public DbSet<Example> Examples => Set<Example>();
    public DbSet<ExampleReview> ExampleReviews => Set<ExampleReview>();
    public DbSet<StoredReport> DatasetReports => Set<StoredReport>();
    public DbSet<Model> Models => Set<Model>();
    public DbSet<IndexEntry> Indexes => Set<IndexEntry>();
    public DbSet<Artifact> Artifacts => Set<Artifact>();
    public DbSet<Run> Runs => Set<Run>();
    public DbSet<RunLink> RunLinks => Set<RunLink>();
    public DbSet<RunMetric> RunMetrics => Set<RunMetric>();
    public DbSet<RunLog> RunLogs => Set<RunLog>();
    public DbSet<LlmCall> LlmCalls => Set<LlmCall>();
    public DbSet<LlmPrice> LlmPrices => Set<LlmPrice>();
    public DbSet<LlmHold> LlmHolds => Set<LlmHold>();
    public DbSet<LlmBatch> LlmBatches => Set<LlmBatch>();
    public DbSet<LlmBatchRequest> LlmBatchRequests => Set<LlmBatchRequest>();
    public DbSet<SynthesisItem> SynthesisItems => Set<SynthesisItem>();
    public DbSet<Pipeline> Pipelines => Set<Pipeline>();
    public DbSet<RewriteSet> RewriteSets => Set<RewriteSet>();
    public DbSet<Rewrite> Rewrites => Set<Rewrite>();
    public DbSet<Result> Results => Set<Result>();
    public DbSet<ResultQuery> ResultQueries => Set<ResultQuery>();
    public DbSet<ContaminationReport> ContaminationReports => Set<ContaminationReport>();
    public DbSet<ContaminationFinding> ContaminationFindings => Set<ContaminationFinding>();

    protected override void OnModelCreating(ModelBuilder model) => SchemaMapping.Apply(model);
}
