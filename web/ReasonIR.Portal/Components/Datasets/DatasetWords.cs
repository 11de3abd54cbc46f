using System.Globalization;

namespace ReasonIR.Portal.Components.Datasets;

/// <summary>Figures of datasets as pages write them.</summary>
public static class DatasetWords
{
    /// <summary>An amount in the currency of the configured prices.</summary>
    public static string Cost(decimal cost) => cost == 0 ? "0 (free, or no prices set)" : cost.ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>Cohen's kappa.</summary>
    public static string Kappa(double? kappa) => kappa?.ToString("0.00;\u22120.00;0.00", CultureInfo.InvariantCulture) ?? "not defined";
}
