using ReasonIR.Check.Golden;

if (args is not ["golden", .. var rest])
{
    await Console.Error.WriteLineAsync(GoldenCommand.Usage);
    return 2;
}
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
try
{
    return await GoldenCommand.RunAsync(rest, Console.Out, Console.Error, stop.Token);
}
catch (OperationCanceledException)
{
    return 130;
}
