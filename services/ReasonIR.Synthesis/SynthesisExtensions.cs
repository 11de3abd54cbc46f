using Microsoft.Extensions.DependencyInjection.Extensions;
using ReasonIR.Contracts.Embeddings;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Runs;
using ReasonIR.Language.Batches;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;
using ReasonIR.ServiceDefaults.Resilience;
using ReasonIR.Synthesis.Asking;
using ReasonIR.Synthesis.Engine;
using ReasonIR.Synthesis.Extractive;
using ReasonIR.Synthesis.Generation;
using ReasonIR.Synthesis.Llm;
using ReasonIR.Synthesis.Rag;
using ReasonIR.Synthesis.Reranking;
using ReasonIR.Synthesis.Rewriting;
using ReasonIR.Synthesis.Runs;
using ReasonIR.Synthesis.Seeds;

namespace ReasonIR.Synthesis;

public static class SynthesisExtensions
{
    /// <summary>The generators, the chat model with its cache in the experiment database, and the handlers of <c>synthesize</c> and <c>rag</c> runs.</summary>
    public static IHostApplicationBuilder AddSynthesis(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddChatModel(builder.Configuration);
        services.AddSingleton<PostgresAnswers>();
        services.AddSingleton<IAnswerCache>(provider => provider.GetRequiredService<PostgresAnswers>());
        services.AddSingleton<ICallLedger>(provider => provider.GetRequiredService<PostgresAnswers>());
        services.AddSingleton<IPriceList, PostgresPrices>();
        services.AddSingleton<IDayLedger, PostgresDays>();
        services.AddSingleton<IBatchStore, PostgresBatches>();
        services.AddHostedService<BatchResumer>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IExampleGenerator, ExtractiveGenerator>();
        services.AddSingleton<LlmGenerator>();
        services.AddSingleton<IExampleGenerator>(provider => provider.GetRequiredService<LlmGenerator>());
        services.AddSingleton<RunAccounts>();
        services.AddSingleton<SharedItems>();
        services.AddSingleton<IQualityScorer, ModelScorer>();
        services.AddSingleton<IQualityScorer, SeedJudge>();
        services.AddSingleton<QualityScorers>();
        services.AddSingleton<SeedSelection>();
        services.AddHttpClient<PredictClient>(client => client.BaseAddress = new("http://encoder")).WithResilience(options =>
            (options.AttemptTimeout, options.TotalTimeout) = (TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(20)));
        services.AddSingleton<Purses>();
        services.AddSingleton<QueryRewriter>();
        services.AddSingleton<ModelReranker>();
        // A pipeline that asks a language model itself takes minutes.
        services.AddHttpClient<SearchClient>(client => client.BaseAddress = new("http://search")).WithResilience(options =>
            (options.AttemptTimeout, options.TotalTimeout) = (TimeSpan.FromMinutes(20), TimeSpan.FromMinutes(20)));
        services.AddHttpClient(PassageSource.Client);
        services.AddSingleton<PassageSource>();
        services.AddSingleton<BatchedQuestions>();
        services.AddRunHandler<SynthesizeHandler>();
        services.AddRunHandler<SynthesizePartHandler>();
        services.AddRunHandler<SynthesisForecastHandler>();
        services.AddRunHandler<RagHandler>();
        services.AddSingleton(new InFlight());
        services.AddSingleton<StageLedger>();
        services.AddRunHandler<AskHandler>();
        services.Configure<RunWorkerOptions>(options =>
        {
            // These mostly wait for batches, a day at worst: what others ask must not wait behind them.
            options.Concurrency.TryAdd(RunKinds.Ask, 16);
            options.Concurrency.TryAdd(RunKinds.Rag, 4);
        });
        return builder;
    }
}
