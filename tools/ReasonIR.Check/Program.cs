using ReasonIR.Check.Comparing;
using ReasonIR.Check.Golden;

if (args is not ["golden" or "compare", .. var rest])
{
    await Console.Error.WriteLineAsync($"{GoldenCommand.Usage}\n{CompareOptions.Usage}");
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
    return await (args[0] == "compare" ? CompareCommand.RunAsync(rest, Console.Out, Console.Error, stop.Token) : GoldenCommand.RunAsync(rest, Console.Out, Console.Error, stop.Token));
}
catch (OperationCanceledException)
{
    return 130;
}
