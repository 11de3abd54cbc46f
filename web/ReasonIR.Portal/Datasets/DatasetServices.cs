using ReasonIR.Portal.Datasets.Cards;
using ReasonIR.Portal.Datasets.Differences;
using ReasonIR.Portal.Datasets.Lineage;
using ReasonIR.Portal.Datasets.Reports;
using ReasonIR.Portal.Datasets.Reviews;

namespace ReasonIR.Portal.Datasets;

/// <summary>What pages and endpoints of datasets call.</summary>
public static class DatasetServices
{
    /// <summary>Adds them.</summary>
    public static void AddDatasets(this IServiceCollection services)
    {
        services.AddSingleton<DatasetCards>();
        services.AddSingleton<DatasetDifferences>();
        services.AddSingleton<DatasetExport>();
        services.AddSingleton<DatasetQualityService>();
        services.AddSingleton<DatasetReports>();
        services.AddSingleton<DatasetsService>();
        services.AddSingleton<ExampleLineages>();
        services.AddSingleton<ReviewedVersions>();
        services.AddSingleton<ReviewsService>();
    }
}
