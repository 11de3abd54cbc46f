using ReasonIR.Benchmarks.Frame;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
return await BenchCommand.RunAsync(args, Console.Out, Console.Error, stop.Token);
