using Microsoft.AspNetCore.Mvc;
using ReasonIR.Contracts.Search;
using ReasonIR.Contracts.Trainer;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Runs;
using ReasonIR.Portal.Contamination;
using ReasonIR.Portal.Benchmarks;
using ReasonIR.Portal.Components.Live;
using ReasonIR.Portal.Corpora;
using ReasonIR.Portal.Datasets;
using ReasonIR.Portal.Judging;
using ReasonIR.Portal.Loop;
using ReasonIR.Portal.Models;
using ReasonIR.Portal.Overview;
using ReasonIR.Portal.Pipelines;
using ReasonIR.Portal.Results;
using ReasonIR.Portal.Results.Differences;
using ReasonIR.Portal.Runs;
using ReasonIR.Portal.Samples;
using ReasonIR.Portal.Search;
using ReasonIR.Portal.Spending;
using ReasonIR.Portal.Studies;
using ReasonIR.Portal.SystemState;
using ReasonIR.Portal.Training;
using ReasonIR.Portal.Uploads;
using ReasonIR.ServiceDefaults.Resilience;

namespace ReasonIR.Portal;

/// <summary>What pages and REST endpoints both call; a page does nothing that a script could not.</summary>
public static class PortalServices
{
    /// <summary>Adds the application services and the clients of the other services.</summary>
    public static void AddPortalServices(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        // A pipeline that asks a language model about many documents takes minutes.
        services.AddHttpClient<SearchClient>(client => client.BaseAddress = new("http://search")).WithResilience(options =>
            (options.AttemptTimeout, options.TotalTimeout) = (TimeSpan.FromMinutes(20), TimeSpan.FromMinutes(20)));
        // A probe loads the base: a large one takes minutes.
        services.AddHttpClient<TrainerClient>(client => client.BaseAddress = new("http://trainer")).WithResilience(options =>
            (options.AttemptTimeout, options.TotalTimeout, options.Retries) = (TimeSpan.FromMinutes(20), TimeSpan.FromMinutes(20), 0));
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<Handover>();
        services.AddSingleton<ContaminationService>();
        services.AddSingleton<BenchmarksService>();
        services.AddSingleton<CorporaService>();
        services.AddDatasets();
        services.AddSingleton<DifferenceService>();
        services.AddSingleton<ExposureService>();
        services.AddSingleton<JudgingService>();
        services.AddSingleton<QrelsService>();
        services.AddSingleton<LeaderboardService>();
        services.AddSingleton<LineageNames>();
        services.AddSingleton<LoopReport>();
        services.AddSingleton<ModelsService>();
        services.AddSingleton<OverviewService>();
        services.AddSingleton<PipelinesService>();
        services.AddSingleton<PoolService>();
        services.AddTransient<RecipesService>(); // as its client is
        services.AddSingleton<PricesService>();
        services.AddSingleton<Reproduction>();
        services.AddSingleton<ResultsService>();
        services.AddSingleton<RunsService>();
        services.AddSingleton<SampleLoop>();
        services.AddSingleton<SignificanceService>();
        services.AddSingleton<SpendingService>();
        services.AddSingleton<StoredRuns>();
        services.AddSystem();
        services.AddSingleton<UploadsService>();
        services.AddSingleton<RunSteps>();
        services.AddSingleton<TaskSteps>();
        services.AddStudies();
        services.AddRunHandler<BenchmarkHandler>();
        services.AddRunHandler<LoopHandler>();
        // These only wait for other runs: many may wait at a time.
        services.Configure<RunWorkerOptions>(options =>
        {
            options.Concurrency.TryAdd("benchmark", 4);
            options.Concurrency.TryAdd("experiment", 4);
            options.Concurrency.TryAdd("loop", 16);
        });
    }

    /// <summary>The public REST API.</summary>
    public static void MapPortalApi(this WebApplication app)
    {
        // An error here is a ProblemDetails document, never the page of those who lost their way.
        var api = app.MapGroup("/api").WithMetadata(new SkipStatusCodePagesAttribute());
        api.MapComparisons();
        api.MapContamination();
        api.MapBenchmarks();
        api.MapCorpora();
        api.MapDatasets();
        api.MapJudging();
        api.MapModels();
        api.MapRecipes();
        api.MapRuns();
        api.MapOverview();
        api.MapPipelines();
        api.MapResults();
        api.MapSamples();
        api.MapSearch();
        api.MapSpending();
        api.MapStudies();
        api.MapSystem();
        api.MapUploads();
        api.Map("/{**rest}", (HttpRequest request) => Missing.Of("endpoint", request.Path)).ExcludeFromDescription();
    }
}
