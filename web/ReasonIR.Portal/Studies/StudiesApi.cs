using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts.Studies;
using ReasonIR.Experiments;

namespace ReasonIR.Portal.Studies;

/// <summary>Experiments over REST; they are started as runs of the kind <c>experiment</c>.</summary>
public static class StudiesApi
{
    /// <summary>Adds what experiments consist of.</summary>
    public static void AddStudies(this IServiceCollection services)
    {
        services.AddSingleton<StudyMeasuring>();
        services.AddSingleton<LengthStudy>();
        services.AddSingleton<TableStudy>();
        services.AddSingleton<TrainingStudy>();
        services.AddSingleton<StudiesService>();
        services.AddRunHandler<ExperimentHandler>();
    }

    /// <summary>Adds the endpoints below <c>/api/experiments</c>.</summary>
    public static void MapStudies(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/experiments").WithTags("Experiments");
        group.MapGet("/", ListAsync).WithName("ListExperiments").WithSummary("Experiments, newest first.");
        group.MapGet("/{run:long}", GetAsync).WithName("GetExperiment").WithSummary("An experiment's table.");
        group.MapGet("/{run:long}/plot.svg", PlotAsync).WithName("GetExperimentPlot").WithSummary("An experiment's plot.");
    }

    static async Task<Ok<IReadOnlyList<StudyInfo>>> ListAsync(StudiesService studies, CancellationToken ct) => TypedResults.Ok(await studies.ListAsync(ct));

    static async Task<Results<Ok<StudyInfo>, ProblemHttpResult>> GetAsync(long run, StudiesService studies, CancellationToken ct) =>
        await studies.FindAsync(run, ct) is { } study ? TypedResults.Ok(study) : Missing.Of("experiment", $"{run}");

    static async Task<Results<FileContentHttpResult, ProblemHttpResult>> PlotAsync(long run, StudiesService studies, CancellationToken ct) =>
        await studies.FindAsync(run, ct) is { Output: { } output } ? TypedResults.File(Encoding.UTF8.GetBytes(StudyPlot.Svg(output)), "image/svg+xml") : Missing.Of("finished experiment", $"{run}");
}
