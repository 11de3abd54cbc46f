using ReasonIR.Check.Comparing;
using ReasonIR.Check.Golden;
using ReasonIR.Check.Measuring;

if (args is not ["golden" or "compare" or "measure", .. var rest])
{
    await Console.Error.WriteLineAsync($"{GoldenCommand.Usage}\n{CompareOptions.Usage}\n{MeasureOptions.Usage}");
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
    return await (args[0] switch
    {
        "compare" => CompareCommand.RunAsync(rest, Console.Out, Console.Error, stop.Token),
        "measure" => MeasureCommand.RunAsync(rest, Console.Out, Console.Error, stop.Token),
        _ => GoldenCommand.RunAsync(rest, Console.Out, Console.Error, stop.Token),
    });
}
catch (OperationCanceledException)
{
    return 130;
}
