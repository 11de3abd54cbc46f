using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Replay;
using ReasonIR.Language.Spending;
using ReasonIR.Language.Structured;
using ReasonIR.Testing.Chat;

namespace ReasonIR.Language.Tests.Chat;

/// <summary>A chat model over a scripted server, with a cache in memory and its log lines kept.</summary>
public sealed class ChatFixture : IAnswerCache, ILoggerProvider, ILogger, IAsyncDisposable
{
    readonly ILoggerFactory logging;
    readonly ConcurrentDictionary<string, PaidCall> paid = new();

    ChatFixture(ScriptedChatServer server, Action<ChatSettings>? configure, IPriceList? prices, DayBudget? day, AnswerTape? tape, TimeProvider? time)
    {
        Server = server;
        Settings = new ChatSettings
        {
            Endpoint = server.Endpoint,
            Model = "scripted",
            Key = "sk-secret-0123456789",
            Timeout = TimeSpan.FromSeconds(20),
            MaxRetryDelay = TimeSpan.FromMilliseconds(60),
        };
        configure?.Invoke(Settings);
        logging = LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Trace).AddProvider(this));
        Endpoint = new ChatEndpoint(Settings, logging.CreateLogger<ChatEndpoint>(), time);
        Model = new ChatModel(Endpoint, this, logging.CreateLogger<ChatModel>(), time, prices, day, null, tape);
        Structured = new StructuredChat(Model);
    }

    public static async Task<ChatFixture> StartAsync(Func<ChatCall, ScriptedReply> script, Action<ChatSettings>? configure = null, IPriceList? prices = null, DayBudget? day = null, AnswerTape? tape = null, TimeProvider? time = null) =>
        new(await ScriptedChatServer.StartAsync(script, TestContext.Current.CancellationToken), configure, prices, day, tape, time);

    public ScriptedChatServer Server { get; }

    public ChatSettings Settings { get; }

    public ChatEndpoint Endpoint { get; }

    public ChatModel Model { get; }

    public StructuredChat Structured { get; }

    public ConcurrentQueue<string> Log { get; } = [];

    /// <summary>Every answer that was paid for, second ones included.</summary>
    public ConcurrentQueue<PaidCall> Ledger { get; } = [];

    /// <summary>The cache: one answer a request.</summary>
    public IReadOnlyCollection<PaidCall> Paid => [.. paid.Values];

    public static ChatRequest Question(string text = "What is a fold?", JsonSchema? schema = null, int? seed = null) =>
        new([ChatTurn.System("You answer."), ChatTurn.User(text)], 200, schema, Temperature: 0.5, Seed: seed);

    public static CallPurpose Purpose { get; } = new("7", "test", "abc");

    public RunBudget Budget(decimal? cap = null, Spent? before = null) => new(cap, before ?? Spent.Nothing);

    Task<CachedAnswer?> IAnswerCache.FindAsync(string hash, CancellationToken cancellation) =>
        Task.FromResult(paid.TryGetValue(hash, out var call) ? new CachedAnswer(call.Answer, call.Cost) : null);

    Task<ChatAnswer> IAnswerCache.StoreAsync(PaidCall call, CancellationToken cancellation)
    {
        Ledger.Enqueue(call);
        return Task.FromResult(paid.GetOrAdd(call.Hash, call).Answer);
    }

    ILogger ILoggerProvider.CreateLogger(string categoryName) => this;

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Log.Enqueue(formatter(state, exception) + exception);

    void IDisposable.Dispose() { }

    public async ValueTask DisposeAsync()
    {
        Endpoint.Dispose();
        logging.Dispose();
        await Server.DisposeAsync();
    }
}
