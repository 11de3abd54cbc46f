using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Portal.Components.Datasets;
using ReasonIR.Portal.Datasets.Reviews;

namespace ReasonIR.Portal.Tests.Datasets;

/// <summary>A reviewer's way through the examples, as the page's keys go it.</summary>
public sealed class ReviewSessionTests(PortalFixture portal)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Decisions_go_on_and_can_be_taken_back_one_by_one()
    {
        var version = await Rivers.AddAsync(portal, "session-rivers", [.. Enumerable.Range(0, 45).Select(i => new Experiments.Datasets.Example { Query = $"query {i}", Positives = [new($"answer {i}")], Generator = "llm" })]);
        var reviews = portal.Services.GetRequiredService<ReviewsService>();
        var session = new ReviewSession(reviews, new(version.Dataset, 1), "Ada", "open");
        await session.BeginAsync(Token);
        Assert.Equal((45, 0), (session.Total, session.Current!.Example.Ordinal));

        // Through two batches, though what was judged is open no more.
        for (var i = 0; i < 42; i++)
        {
            Assert.Equal(i, session.Current!.Example.Ordinal);
            if (i % 3 != 2)
                await session.DecideAsync(i % 3 == 0 ? "accepted" : "rejected", null, [], Token);
            await session.NextAsync(Token);
        }
        session.Previous();
        Assert.Equal((41, null), (session.Current!.Example.Ordinal, session.Own?.Verdict));
        await session.UndoAsync(Token);
        Assert.Equal((40, null, 27), (session.Current!.Example.Ordinal, session.Own?.Verdict, session.Undoable));
        await session.DecideAsync("accepted", new("another query"), ["odd"], Token);
        await session.DecideAsync("rejected", null, [], Token);
        await session.UndoAsync(Token);
        Assert.Equal(("accepted", "another query", "odd"), (session.Own!.Verdict, session.Own.Edit!.Query, Assert.Single(session.Own.Tags)));
        for (var i = 0; i < 9; i++)
            await session.NextAsync(Token);
        Assert.Null(session.Current);
        session.Previous();
        Assert.Equal(44, session.Current!.Example.Ordinal);
        // Undone decisions are history too: 28, the one taken back, three more.
        Assert.Equal(32, (await Rivers.Client(portal).ReviewHistoryAsync(version, null, 0, 1, Token)).Total);
    }

    [Fact]
    public async Task Others_are_shown_to_those_who_have_decided()
    {
        var version = await Rivers.AddAsync(portal, "blind-rivers");
        await Rivers.Client(portal).ReviewAsync(version, new("Bert", [new(0, "rejected")]), Token);
        var reviews = portal.Services.GetRequiredService<ReviewsService>();
        var session = new ReviewSession(reviews, new(version.Dataset, 1), "Ada", "open");
        await session.BeginAsync(Token);

        Assert.Empty(session.Others);
        await session.DecideAsync("accepted", null, [], Token);
        Assert.Equal(("Bert", "rejected"), (Assert.Single(session.Others).Author, session.Others[0].Verdict));
        var disputes = new ReviewSession(reviews, new(version.Dataset, 1), "Carl", "disputed");
        await disputes.BeginAsync(Token);
        Assert.Equal(2, disputes.Others.Count);
    }

    [Fact]
    public void A_draft_holds_what_differs()
    {
        var example = new ExampleInfo(0, null, "query", [new("one", "d1", 0.5), new("two")], [new("no")], "llm", null, null);
        var draft = new ReviewDraft(example, example);
        Assert.Null(draft.Read());
        draft.Positives[1] = " ";
        draft.Negatives[0] = "never";

        var edit = draft.Read()!;
        var shown = ReviewDraft.Edited(example, edit);

        Assert.Equal((null, null), (edit.Query, edit.Instruction));
        Assert.Equal(["one", null], edit.Positives!);
        Assert.Equal(["never"], edit.Negatives!);
        Assert.Equal([("one", "d1"), ("", null)], shown.Positives.Select(text => (text.Text, text.DocumentId)));
        Assert.Equivalent(edit, new ReviewDraft(shown, example).Read());
    }
}
