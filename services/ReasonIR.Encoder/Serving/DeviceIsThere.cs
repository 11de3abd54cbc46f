using Microsoft.Extensions.Options;

namespace ReasonIR.Encoder.Serving;

/// <summary>A device that is named and not there is told at the start, not by the first request.</summary>
sealed class DeviceIsThere : IValidateOptions<ServingOptions>
{
    public ValidateOptionsResult Validate(string? name, ServingOptions options)
    {
        // Whether it is written rightly the attribute says; the two that are always there need no libtorch to be loaded now.
        if (options.Device is "auto" or "cpu" || !options.Device.StartsWith("cuda", StringComparison.Ordinal))
            return ValidateOptionsResult.Success;
        try
        {
            options.Place();
            return ValidateOptionsResult.Success;
        }
        catch (ArgumentException e)
        {
            return ValidateOptionsResult.Fail($"Serving:Device: {e.Message}");
        }
    }
}
