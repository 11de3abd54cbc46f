using ReasonIR.Benchmarks.Frame;
using ReasonIR.Benchmarks.Transformers;

if (args is [LoadModelProbe.Verb, var folder])
    return LoadModelProbe.Run(folder);
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
return await BenchCommand.RunAsync(args, Console.Out, Console.Error, stop.Token);
