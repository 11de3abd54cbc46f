using ReasonIR.Portal.Components.Live;

namespace ReasonIR.Portal.Tests.Pages;

/// <summary>What a prerendered component read comes over to the interactive one, once, and not what belongs to the old one.</summary>
public sealed class HandoverTests
{
    sealed class Shown(string made)
    {
        readonly string fixedOnce = made;
        public List<int>? Rows;

        public string Given { get; set; } = made;

        public string Fixed => fixedOnce;
    }

    sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    readonly Clock clock = new();

    [Fact]
    public void Variables_come_over_once_and_what_was_given_stays()
    {
        var handover = new Handover(clock);
        var before = new Shown("before") { Rows = [1, 2] };
        var after = new Shown("after");
        var key = handover.Keep(before);
        Assert.True(handover.Take(key, after));
        Assert.Same(before.Rows, after.Rows);
        Assert.Equal(("after", "after"), (after.Given, after.Fixed));
        Assert.False(handover.Take(key, new Shown("again")));
    }

    [Fact]
    public void Another_type_and_another_key_get_nothing()
    {
        var handover = new Handover(clock);
        Assert.False(handover.Take(handover.Keep(new Shown("a")), new object()));
        Assert.False(handover.Take(Guid.NewGuid(), new Shown("b")));
    }

    [Fact]
    public void What_nobody_takes_is_forgotten_by_time_and_by_number()
    {
        var handover = new Handover(clock);
        var first = handover.Keep(new Shown("first") { Rows = [1] });
        clock.Now += TimeSpan.FromMinutes(1);
        Assert.False(handover.Take(first, new Shown("late")));
        var old = handover.Keep(new Shown("old") { Rows = [1] });
        for (var i = 0; i < 200; i++)
            handover.Keep(new Shown("other"));
        Assert.False(handover.Take(old, new Shown("crowded out")));
        Assert.True(handover.Take(handover.Keep(new Shown("new") { Rows = [2] }), new Shown("taken")));
    }
}
