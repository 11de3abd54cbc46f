using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
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
using ReasonIR.Experiments.Synthesis;

namespace ReasonIR.Experiments.Schema;

/// <summary>Maps the entities onto the tables of <c>Schema/*.sql</c>; a test compares both.</summary>
static class SchemaMapping
{
    public static void Apply(ModelBuilder model)
    {
        model.Entity<Corpus>().ToTable("corpora").HasMany(c => c.QuerySets).WithOne(q => q.Corpus).HasForeignKey(q => q.CorpusId);
        model.Entity<Document>().ToTable("documents").HasOne<Corpus>().WithMany().HasForeignKey(d => d.CorpusId);
        model.Entity<QuerySet>().ToTable("query_sets").HasMany(s => s.Queries).WithOne().HasForeignKey(q => q.QuerySetId);
        model.Entity<Query>(query =>
        {
            query.ToTable("queries");
            query.HasMany(q => q.Judgments).WithOne().HasForeignKey(j => j.QueryId);
            query.HasMany(q => q.Exclusions).WithOne().HasForeignKey(e => e.QueryId);
        });
        model.Entity<Judgment>().ToTable("judgments").HasKey(j => new { j.QueryId, j.DocumentExternalId });
        model.Entity<Exclusion>().ToTable("exclusions").HasKey(e => new { e.QueryId, e.DocumentExternalId });

        model.Entity<JudgmentEdit>().ToTable("judgment_edits").HasOne<QuerySet>().WithMany().HasForeignKey(e => e.QuerySetId);

        model.Entity<Dataset>().ToTable("datasets").HasMany(d => d.Versions).WithOne(v => v.Dataset).HasForeignKey(v => v.DatasetId);
        model.Entity<DatasetVersion>().ToTable("dataset_versions").HasOne(v => v.Corpus).WithMany().HasForeignKey(v => v.CorpusId);
        model.Entity<Example>(example =>
        {
            example.ToTable("examples").HasOne<DatasetVersion>().WithMany().HasForeignKey(e => e.DatasetVersionId);
            example.Property(e => e.Positives).HasJson();
            example.Property(e => e.Negatives).HasJson();
        });

        model.Entity<ExampleReview>(review =>
        {
            review.ToTable("example_reviews").HasOne<DatasetVersion>().WithMany().HasForeignKey(r => r.DatasetVersionId);
            review.Property(r => r.Tags).HasJson();
        });
        model.Entity<StoredReport>().ToTable("dataset_reports").HasKey(r => r.DatasetVersionId);
        model.Entity<StoredReport>().Property(r => r.DatasetVersionId).ValueGeneratedNever();

        model.Entity<Model>().ToTable("models");
        model.Entity<IndexEntry>(index =>
        {
            index.ToTable("indexes");
            index.HasOne(i => i.Corpus).WithMany().HasForeignKey(i => i.CorpusId);
            index.HasOne(i => i.Model).WithMany().HasForeignKey(i => i.ModelId);
        });
        model.Entity<Artifact>().ToTable("artifacts");
        model.Entity<LlmCall>().ToTable("llm_calls");
        model.Entity<LlmPrice>().ToTable("llm_prices");
        model.Entity<LlmHold>().ToTable("llm_holds");
        model.Entity<LlmBatch>().ToTable("llm_batches").HasMany(b => b.Requests).WithOne().HasForeignKey(r => r.BatchId);
        model.Entity<LlmBatchRequest>().ToTable("llm_batch_requests").HasKey(r => new { r.BatchId, r.RequestHash });
        model.Entity<SynthesisItem>().ToTable("synthesis_items").HasKey(i => new { i.RunId, i.Item });
        model.Entity<Pipeline>().ToTable("pipelines");
        model.Entity<RewriteSet>().ToTable("rewrite_sets");
        model.Entity<Rewrite>(rewrite =>
        {
            rewrite.ToTable("rewrites").HasKey(r => new { r.RewriteSetId, r.KeyHash });
            rewrite.HasOne<RewriteSet>().WithMany().HasForeignKey(r => r.RewriteSetId);
        });

        model.Entity<Run>().ToTable("runs").Ignore(r => r.HasEnded);
        model.Entity<RunLink>().ToTable("run_links").HasKey(l => new { l.RunId, l.Direction, l.EntityKind, l.EntityId, l.Name });
        model.Entity<RunMetric>().ToTable("run_metrics").HasKey(m => new { m.RunId, m.Name, m.Step });
        model.Entity<RunLog>().ToTable("run_logs");

        model.Entity<Result>(result =>
        {
            result.ToTable("results");
            result.HasOne(r => r.Run).WithMany().HasForeignKey(r => r.RunId);
            result.HasOne(r => r.Corpus).WithMany().HasForeignKey(r => r.CorpusId);
            result.HasOne(r => r.QuerySet).WithMany().HasForeignKey(r => r.QuerySetId);
            result.HasMany(r => r.Queries).WithOne().HasForeignKey(q => q.ResultId);
            result.Property(r => r.Measures).HasJson();
        });
        model.Entity<ResultQuery>(query =>
        {
            query.ToTable("result_queries").HasKey(q => new { q.ResultId, q.QueryExternalId });
            query.Property(q => q.Measures).HasJson();
        });
        model.Entity<ContaminationReport>(report =>
        {
            report.ToTable("contamination_reports");
            report.HasOne(r => r.DatasetVersion).WithMany().HasForeignKey(r => r.DatasetVersionId);
            report.HasOne(r => r.Corpus).WithMany().HasForeignKey(r => r.CorpusId);
            report.HasOne(r => r.QuerySet).WithMany().HasForeignKey(r => r.QuerySetId);
            report.HasMany(r => r.Findings).WithOne().HasForeignKey(f => f.ReportId);
        });
        model.Entity<ContaminationFinding>().ToTable("contamination_findings").Property(f => f.First).HasJson();

        NameColumns(model);
    }

    static readonly HashSet<(Type, string)> JsonText =
    [
        (typeof(Document), nameof(Document.Metadata)), (typeof(Query), nameof(Query.Metadata)),
        (typeof(DatasetVersion), nameof(DatasetVersion.Spec)), (typeof(Example), nameof(Example.Metadata)),
        (typeof(ExampleReview), nameof(ExampleReview.Edit)), (typeof(StoredReport), nameof(StoredReport.Report)),
        (typeof(Model), nameof(Model.Metadata)), (typeof(IndexEntry), nameof(IndexEntry.Parameters)),
        (typeof(Run), nameof(Run.Spec)), (typeof(Run), nameof(Run.Checkpoint)), (typeof(Run), nameof(Run.Output)),
        (typeof(SynthesisItem), nameof(SynthesisItem.Examples)), (typeof(SynthesisItem), nameof(SynthesisItem.Facts)),
        (typeof(Pipeline), nameof(Pipeline.Spec)), (typeof(Result), nameof(Result.Provenance)), (typeof(Result), nameof(Result.Comparison)),
        (typeof(ContaminationReport), nameof(ContaminationReport.Summary)),
    ];

    /// <summary>Columns are the properties' names in snake_case; enums are stored as one lower-case word.</summary>
    static void NameColumns(ModelBuilder model)
    {
        foreach (var entity in model.Model.GetEntityTypes())
            foreach (var property in entity.GetProperties())
            {
                property.SetColumnName(SnakeCase(property.Name));
                if (JsonText.Contains((entity.ClrType, property.Name)))
                    property.SetColumnType("jsonb");
                if (property.ClrType.IsEnum)
                    property.SetValueConverter((ValueConverter)Activator.CreateInstance(
                        typeof(LowerCaseEnum<>).MakeGenericType(property.ClrType))!);
            }
    }

    /// <summary><c>CorpusId</c> to <c>corpus_id</c>, <c>Sha256</c> to <c>sha256</c>.</summary>
    internal static string SnakeCase(string name)
    {
        var snake = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsUpper(c) && snake.Length > 0)
                snake.Append('_');
            snake.Append(char.ToLowerInvariant(c));
        }
        return snake.ToString();
    }

    static void HasJson<T>(this Microsoft.EntityFrameworkCore.Metadata.Builders.PropertyBuilder<T> property) => property
        .HasColumnType("jsonb")
        .HasConversion(
            value => ExperimentsJson.Write(value),
            json => ExperimentsJson.Read<T>(json),
            new ValueComparer<T>(
                (a, b) => ExperimentsJson.Write(a) == ExperimentsJson.Write(b),
                value => ExperimentsJson.Write(value).GetHashCode(),
                value => value));

    sealed class LowerCaseEnum<T>() : ValueConverter<T, string>(
        value => value.ToString().ToLowerInvariant(),
        text => Enum.Parse<T>(text, true)) where T : struct, Enum;
}
