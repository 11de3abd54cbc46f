using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace ReasonIR.ServiceDefaults.Telemetry;

static class LogDefaults
{
    /// <summary>
    /// One line an event, with the scopes (the run's id). Below every other source of configuration, so that
    /// <c>Logging__LogLevel__...</c> and <c>Logging__Console__FormatterName=json</c> override it.
    /// </summary>
    public static void AddLogDefaults(this IHostApplicationBuilder builder)
    {
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?>
            {
                ["Logging:LogLevel:Default"] = "Information",
                ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
                ["Logging:LogLevel:Microsoft.AspNetCore.DataProtection"] = "Error", // warns at each start that keys in the home folder are plain
                ["Logging:LogLevel:Microsoft.EntityFrameworkCore"] = "Warning",
                ["Logging:LogLevel:Npgsql"] = "Warning",
                ["Logging:LogLevel:System.Net.Http"] = "Warning",
                ["Logging:LogLevel:Polly"] = "Warning",
                ["Logging:Console:FormatterName"] = LineFormatter.FormatterName,
            },
        });
        builder.Logging.AddConsoleFormatter<LineFormatter, ConsoleFormatterOptions>();
    }
}
