using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReasonIR.Experiments.Runs;
using Xunit.Runner.InProc.SystemConsole;

namespace ReasonIR.Experiments.Tests.Worker;

/// <summary>Runs the tests, or with the argument "worker" a service with one handler, to be killed.</summary>
static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args is not ["worker", ..])
            return await ConsoleRunner.Run(args);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.AddExperiments();
        builder.Services.AddRunHandler<StepHandler>();
        await builder.Build().RunAsync();
        return 0;
    }
}
