using System.Globalization;

namespace ReasonIR.Contracts.Results;

/// <summary>A p-value as people are told it: four digits, and never <c>0.0000</c>, which no test can say.</summary>
public static class PValueText
{
    /// <returns><c>p 0.0312</c>, <c>p &lt; 0.0001</c>, or <c>p undefined</c>.</returns>
    public static string Of(double? p) => p switch
    {
        null or double.NaN => "p undefined",
        < 0.0001 => "p < 0.0001",
        { } value => "p " + value.ToString("0.0000", CultureInfo.InvariantCulture),
    };
}
