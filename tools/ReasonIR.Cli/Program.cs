using ReasonIR.Cli;

return await ReasonIrCommand.Create().Parse(args).InvokeAsync(new() { EnableDefaultExceptionHandler = false });
