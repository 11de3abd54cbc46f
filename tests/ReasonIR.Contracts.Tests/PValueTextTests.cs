using ReasonIR.Contracts.Results;

namespace ReasonIR.Contracts.Tests;

public sealed class PValueTextTests
{
    [Theory]
    [InlineData(0.03124, "p 0.0312")]
    [InlineData(1.0, "p 1.0000")]
    [InlineData(0.0001, "p 0.0001")]
    [InlineData(0.00009999, "p < 0.0001")]
    [InlineData(0.0, "p < 0.0001")]
    [InlineData(double.NaN, "p undefined")]
    [InlineData(null, "p undefined")]
    public void A_p_value_is_never_told_as_zero(double? p, string expected) => Assert.Equal(expected, PValueText.Of(p));
}
