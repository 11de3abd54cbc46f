using ReasonIR.Contracts.Embeddings;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Runs;
using ReasonIR.Search.Contamination;
using ReasonIR.Search.Evaluation;
using ReasonIR.Search.Importing;
using ReasonIR.Search.Indexing;
using ReasonIR.Search.Pipelines;
using ReasonIR.Search.Searching;
using ReasonIR.ServiceDefaults.Hub;
using ReasonIR.ServiceDefaults.Resilience;

namespace ReasonIR.Search;

/// <summary>What the service consists of.</summary>
public static class SearchServices
{
    /// <summary>Adds search, and the runs of kinds import, index and evaluate.</summary>
    public static void AddSearchServices(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        // The queries of an evaluation wait behind the documents of an index on a busy machine.
        services.AddHttpClient<EmbeddingsClient>(client => client.BaseAddress = new("http://encoder")).WithResilience(options =>
            (options.AttemptTimeout, options.TotalTimeout) = (TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(20)));
        services.AddSingleton<IndexCatalog>();
        services.AddSingleton<Rm3Ranking>();
        services.AddSingleton<FilteredDocuments>();
        services.AddSingleton<Ranker>();
        services.AddSingleton<ScoreExplainer>();
        services.AddSingleton<HitPassages>();
        services.AddSingleton<SearchEngine>();
        services.AddPipelines();
        services.AddSingleton<Bm25Build>();
        services.AddSingleton<DenseBuild>();
        services.AddSingleton<QdrantBuild>();
        services.AddSingleton<QdrantBm25Build>();
        services.AddSingleton(new QdrantServers(builder.Configuration));
        services.AddSingleton<IndexProvenance>();
        services.AddSingleton<ProvenanceReader>();
        services.AddHub();
        services.AddSingleton<HubCollection>();
        services.AddRunHandler<ImportHandler>();
        services.AddRunHandler<IndexHandler>();
        services.AddSingleton<ResultWriter>();
        services.AddSingleton<EvaluationTurns>();
        services.PostConfigure<RunWorkerOptions>(EvaluationTurns.Widen);
        services.AddRunHandler<EvaluateHandler>();
        services.AddRunHandler<ContaminationHandler>();
        services.AddRunHandler<ImportRunHandler>();
    }
}
