using ReasonIR.Contracts.Embeddings;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.ServiceDefaults.Resilience;

namespace ReasonIR.Search.Pipelines;

/// <summary>What pipelines consist of.</summary>
public static class PipelineServices
{
    /// <summary>Adds the stages that a pipeline can name.</summary>
    public static void AddPipelines(this IServiceCollection services)
    {
        // A batch of pairs through a large cross-encoder on a CPU takes minutes.
        services.AddHttpClient<RerankClient>(client => client.BaseAddress = new("http://encoder")).WithResilience(options =>
            (options.AttemptTimeout, options.TotalTimeout, options.Retries) = (TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(10), 0));
        // A language model may take minutes for a batch; what it answered is kept, so that asking again costs nothing.
        services.AddHttpClient<SynthesisClient>(client => client.BaseAddress = new("http://synthesis")).WithResilience(options =>
            (options.AttemptTimeout, options.TotalTimeout, options.Retries) = (TimeSpan.FromHours(1), TimeSpan.FromHours(1), 0));
        services.AddSingleton<RewriteWriter>();
        services.AddSingleton<IReranker>(provider => new ModelReranker("pointwise", provider.GetRequiredService<SynthesisClient>()));
        services.AddSingleton<IReranker>(provider => new ModelReranker("listwise", provider.GetRequiredService<SynthesisClient>()));
        services.AddSingleton<DocumentTexts>();
        services.AddSingleton<PipelineCatalog>();
        services.AddSingleton<PipelineEngine>();
        services.AddSingleton<Rewriting>();
        services.AddSingleton<Reranking>();
        services.AddSingleton<IPipelineRetriever, Bm25Retriever>();
        services.AddSingleton<IPipelineRetriever, DenseRetriever>();
        services.AddSingleton<IReranker, EncoderReranker>();
        services.AddSingleton<IReranker, CrossEncoderReranker>();
    }
}
