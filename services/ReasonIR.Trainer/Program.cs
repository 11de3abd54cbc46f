using ReasonIR.Experiments;
using ReasonIR.Trainer;
using ReasonIR.Trainer.Estimating;
using ReasonIR.Trainer.Workers;

if (args is [WorkerProgram.Verb, var job])
    return await WorkerProgram.RunAsync(job);

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddExperiments();
builder.AddTrainer();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapEstimate();
app.Run();
return 0;
